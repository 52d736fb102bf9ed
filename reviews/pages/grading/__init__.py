"""Pages of the people who grade and flag."""
