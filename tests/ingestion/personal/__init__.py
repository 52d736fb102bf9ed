"""How people write what must not be stored, by family, and harmless texts that look like it."""
