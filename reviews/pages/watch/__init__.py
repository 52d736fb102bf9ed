"""Pages about incidents, releases, and what the watch would have said."""
