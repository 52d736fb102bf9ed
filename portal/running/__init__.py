"""The machine room: settings of a place, the servers of a laptop, and the programs that run."""
