"""What can go wrong with the embedded servers, said so that a person knows what to do."""


class EmbeddedError(Exception):
    """The embedded servers cannot run; the message says why and what to do."""


def unusable(error: OSError) -> EmbeddedError:
    """The refusal for a file or folder that we may not use."""
    return EmbeddedError(
        f"Cannot use {error.filename} ({error.strerror}). Make it writable for this account, "
        "or set DATABASE_URL and REDIS_URL to real servers."
    )
