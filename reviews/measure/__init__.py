"""From grades to counts, and from counts to levels with their ranges."""
