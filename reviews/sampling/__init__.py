"""Which answers people look at, each with a known chance."""
