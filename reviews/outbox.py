"""All mails that wait, whoever wrote them: one round, one mail server, one rule."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from portal.accounts import account_mail
from portal.accounts.models import RefusedAddress
from portal.accounts.outbox import ROUND_SECONDS, Box, asked_again, deliver_due, try_again
from reviews.alerts import delivery
from reviews.reports import reports

# Who waits at a sign-in page comes first, then what is news.
BOXES: tuple[Box[Any], ...] = (account_mail.BOX, delivery.BOX, reports.BOX)


def deliver_mails(*, at: datetime) -> int:
    """Send what is due, for ROUND_SECONDS at most; returns how many were sent."""
    for refused in asked_again():
        for box in BOXES:
            try_again(box.rows().filter(recipient__email=refused.address), at=at)
        RefusedAddress.objects.filter(pk=refused.pk).delete()
    until = time.monotonic() + ROUND_SECONDS
    sent = 0
    for box in BOXES:
        if time.monotonic() < until:
            sent += deliver_due(box, at=at, until=until)
    return sent
