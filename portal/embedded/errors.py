"""What can go wrong with the embedded servers, said so that a person knows what to do."""


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message says why and what to do."""
