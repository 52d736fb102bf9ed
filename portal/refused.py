"""The one way a step says no. Pure: any floor may raise it, every view and endpoint knows it."""

from __future__ import annotations


class Refused(Exception):
    """What was asked cannot be done, and nothing was changed.

    `field` names the part of the form, body or row that does not fit (nothing when it is about the
    whole), `reason` says why, `fix` what to do when the reason does not say it already.

    >>> str(Refused("name", "There is a part of that name already."))
    'There is a part of that name already.'
    >>> str(Refused("cost", "It is negative.", "Leave it out.")), Refused("cost", "No.").field
    ('It is negative. Leave it out.', 'cost')
    """

    def __init__(self, field: str, reason: str, fix: str = "") -> None:
        super().__init__(f"{reason} {fix}".rstrip())
        self.field, self.reason, self.fix = field, reason, fix
