"""Addresses of the people who grade and flag."""
