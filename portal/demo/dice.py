"""The story's only source of chance: the same names always roll the same."""

from random import Random


def dice(*names: object) -> Random:
    """Chance that depends on the names alone, on every machine.

    >>> dice(7, "plan").random() == dice(7, "plan").random()
    True
    """
    return Random(":".join(map(str, names)))  # noqa: S311 - a story, not a secret
