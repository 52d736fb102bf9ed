"""Do each piece of work on its own: what fails is set aside with its reason, the rest goes on.

    done = each(
        task="find_drift",
        items=assistants,
        key=lambda one: f"assistant-{one.pk}",
        assistant=lambda one: one.pk,
        work=lambda one: find_drift(assistant=one, at=at),
        at=at,
    )

A database that is away and a time limit are nobody's fault: they are raised. A piece of work that
ran into the time limit by itself is set aside afterwards (`put_overdue`), so that the next tick
passes it over.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from functools import cached_property
from typing import TypeVar

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction

from portal.ticks.models import SetAside
from portal.ticks.reasons import is_outage, reason_of
from portal.ticks.version import program_version

T = TypeVar("T")
R = TypeVar("R")

BACK_OFF = tuple(timedelta(minutes=one) for one in (1, 5, 30, 120, 360))
# One that took so long (seconds) when the time was up is the one that takes too long.
TOO_LONG = 60.0
# So many pieces of one assistant that fail: its other pieces wait with them.
MOST_OF_ONE = 100

log = structlog.get_logger(__name__)


_overdue: list[tuple[Aside, str, int | None, BaseException]] = []


class Aside:
    """What a task has set aside, as it stands when that is first asked for."""

    def __init__(self, *, task: str, at: datetime) -> None:
        self.task, self.at = task, at

    @cached_property
    def _known(self) -> dict[str, SetAside]:
        rows = SetAside.objects.filter(task=self.task)
        return {row.key: row for row in rows}

    def _is_waiting(self, row: SetAside) -> bool:
        return row.version == program_version() and row.next_try_at > self.at

    def waits(self, key: str) -> bool:
        """True while this piece of work is not to be tried again yet."""
        return key in self._known and self._is_waiting(self._known[key])

    def waiting(self, prefix: str) -> list[str]:
        """The rest of each key `prefix-...` that is not to be tried yet."""
        start = f"{prefix}-"
        return [
            key.removeprefix(start)
            for key, row in self._known.items()
            if key.startswith(start) and self._is_waiting(row)
        ]

    def waiting_ids(self, prefix: str) -> list[int]:
        """The same where the rest is a number: for a query that passes them over."""
        return [int(one) for one in self.waiting(prefix)]

    @property
    def crowded(self) -> list[int]:
        """Assistants of which so much is set aside that the rest of theirs waits too."""
        waiting = [row.assistant for row in self._known.values() if self._is_waiting(row)]
        return [one for one, many in Counter(waiting).items() if one and many >= MOST_OF_ONE]

    @contextmanager
    def sparing(
        self, key: str, *, assistant: int | None = None, whole: bool = True
    ) -> Iterator[None]:
        """Do one piece of work; when it fails, undo it, set it aside and go on after the block.

        `whole`: in one transaction of its own. Without it the work commits by itself.
        """
        begun = time.monotonic()
        try:
            with transaction.atomic() if whole else nullcontext():
                yield
        except SoftTimeLimitExceeded as error:
            if time.monotonic() - begun >= TOO_LONG:
                _overdue.append((self, key, assistant, error))
            raise
        except Exception as error:  # whatever is wrong with one must not stop the others
            if is_outage(error):
                raise
            self.put(key, error, assistant=assistant)
        else:
            self.clear(key)

    def together(
        self,
        items: Sequence[T],
        *,
        key: Callable[[T], str],
        work: Callable[[Sequence[T]], R],
        assistant: Callable[[T], int | None] = lambda _: None,
    ) -> list[R]:
        """Do the work on all at once; when that fails, on each half, until what fails is alone.

        What is set aside already is passed over.
        """
        items = [one for one in items if not self.waits(key(one))]
        if len(items) == 1:
            done: list[R] = []
            with self.sparing(key(items[0]), assistant=assistant(items[0])):
                done.append(work(items))
            return [] if self.waits(key(items[0])) else done
        if not items:
            return []
        try:
            with transaction.atomic():
                result = work(items)
        except SoftTimeLimitExceeded:
            raise
        except Exception as error:  # the halves tell whose fault it is
            if is_outage(error):
                raise
            half = len(items) // 2
            return [
                one
                for part in (items[:half], items[half:])
                for one in self.together(part, key=key, work=work, assistant=assistant)
            ]
        for item in items:
            self.clear(key(item))
        return [result]

    def put(self, key: str, error: BaseException, *, assistant: int | None = None) -> None:
        """Set a piece of work aside."""
        reason = reason_of(error)
        log.warning(
            "set aside",
            task=self.task,
            key=key,
            assistant=assistant,
            error=reason.error,
            place=reason.place,
            reason=reason.words,
            exc_info=error,
        )
        with transaction.atomic():
            row, _ = SetAside.objects.select_for_update().get_or_create(
                task=self.task,
                key=key,
                defaults={
                    "tries": 0,
                    "first_seen_at": self.at,
                    "last_seen_at": self.at,
                    "next_try_at": self.at,
                },
            )
            row.next_try_at = self.at + BACK_OFF[min(row.tries, len(BACK_OFF) - 1)]
            row.tries += 1
            row.last_seen_at, row.version = self.at, program_version()
            row.assistant, row.error = assistant, reason.error
            row.place, row.reason = reason.place, reason.words
            row.save()
        self._known[key] = row

    def clear(self, key: str) -> None:
        """It succeeded: forget that it ever failed."""
        if key in self._known:
            SetAside.objects.filter(task=self.task, key=key).delete()
            del self._known[key]


def each(
    *,
    task: str,
    items: Iterable[T],
    key: Callable[[T], str],
    work: Callable[[T], R],
    at: datetime,
    assistant: Callable[[T], int | None] = lambda _: None,
    whole: bool = True,
) -> list[R]:
    """Do `work` on each item, each in a transaction of its own; what came of those that worked.

    An item that fails is set aside under `key`, and passed over until it is tried again.
    """
    aside, done = Aside(task=task, at=at), []
    for item in items:
        name, owner = key(item), assistant(item)
        if aside.waits(name):
            continue
        results: list[R] = []
        with aside.sparing(name, assistant=owner, whole=whole):
            results.append(work(item))
        if not aside.waits(name):
            done += results
    return done


def put_overdue() -> None:
    """Set aside what ran into the time limit, when all that the tick had begun is undone."""
    while _overdue:
        aside, key, assistant, error = _overdue.pop()
        aside.put(key, error, assistant=assistant)


def forget(*, before: datetime) -> int:
    """Forget what was not tried again although its time had come before `before`: there is nothing
    to do any more, because it was deleted or mended by hand. Returns how many."""
    return SetAside.objects.filter(next_try_at__lt=before).delete()[0]
