"""What becomes of a post to a webhook that was not taken. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from portal.mail.rule import BACK_OFF, REST, rest_after

LONGEST_WAIT = timedelta(days=1)  # that a receiver may ask for
PATIENCE = timedelta(days=2)
ASKED_AT_MOST = 5  # times in a row that it is waited exactly as asked
GONE = 410
SLOW_DOWN = 429
NEVER_SENT = 0


@dataclass(frozen=True)
class Failure:
    """A post that was not taken: its words for the page; the status, None when nobody answered and
    NEVER_SENT when that is our own fault; how long the receiver asked to wait."""

    words: str
    status: int | None = None
    wait: timedelta | None = None


@dataclass(frozen=True)
class Next:
    """What to do: when to try this post again (None: give it up), until when the receiver is left
    alone (None: it is not), whether it is gone."""

    due_at: datetime | None
    resting_until: datetime | None = None
    is_gone: bool = False


def wait_asked(retry_after: str, at: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds or a date, a day at most; None for nothing of
    use.

    >>> now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    >>> [str(wait_asked(one, now)) for one in ("30", "Mon, 23 Nov 2026 07:02:00 GMT", "1e9", "-5")]
    ['0:00:30', '0:02:00', 'None', 'None']
    >>> str(wait_asked("9" * 99, now))
    '1 day, 0:00:00'
    """
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        seconds = int(text) if len(text) < 10 else 10**9
        wait = min(timedelta(seconds=seconds), LONGEST_WAIT)
    else:
        try:
            moment = parsedate_to_datetime(text)
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            wait = min(moment - at, LONGEST_WAIT)
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return wait if wait > timedelta(0) else None


def after(failure: Failure, *, attempts: int, silences: int, born: datetime, at: datetime) -> Next:
    """`attempts` are those of this post, this one included; `silences` is how often in a row the
    receiver did not answer any post, this time included."""
    if failure.status == GONE:
        return Next(None, is_gone=True)
    is_over = attempts > len(BACK_OFF) or at - born >= PATIENCE
    due = at + BACK_OFF[min(attempts, len(BACK_OFF)) - 1]
    rest = None
    if failure.wait is not None:
        due = at + failure.wait if attempts <= ASKED_AT_MOST else max(due, at + failure.wait)
        rest = at + failure.wait
    elif failure.status is None:
        rest = at + rest_after(silences)
        due = max(due, rest)
    elif failure.status == SLOW_DOWN:
        rest = at + REST[0]
    return Next(None if is_over else due, rest)
