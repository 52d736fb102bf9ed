"""What is told at once: written once, and delivered to people and webhooks once."""
