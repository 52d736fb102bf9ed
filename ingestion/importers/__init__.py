"""Conversations from files: read them line by line, map their shape to ours, store them."""
