"""Logs: one line an event, in JSON in production; never secrets, nor words of people."""
