"""The weekly reports: written once, frozen, and sent once."""
