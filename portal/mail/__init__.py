"""Mails: rendered, sent with a deadline, and tried again by one rule."""
