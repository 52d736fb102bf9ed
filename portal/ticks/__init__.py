"""Periodic work: what ran when, and what was set aside so that the rest could go on."""
