"""Addresses of the pages that say how it stands."""
