"""Pages that say how it stands."""
