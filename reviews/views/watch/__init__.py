"""Addresses of incidents, releases and the look back."""
