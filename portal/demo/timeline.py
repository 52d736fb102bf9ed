"""Where the story lies in time: everything is counted from the day of the planted drop."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BROKEN_AT = time(10, 12)
REPAIRED_AFTER = 3
REPAIRED_AT = time(17, 40)  # after whoever owns it has taken it


def drop_day(end: date) -> date:
    """The Tuesday of the last full week, Monday to Sunday, before `end`.

    >>> drop_day(date(2026, 11, 23)), drop_day(date(2026, 11, 22))
    (datetime.date(2026, 11, 17), datetime.date(2026, 11, 10))
    """
    monday = end - timedelta(days=end.weekday() + 7)
    return monday + timedelta(days=1)


@dataclass(frozen=True)
class Timeline:
    """Turns days counted from the drop into dates and moments of the team's own zone."""

    drop: date
    zone: ZoneInfo

    def day(self, offset: int) -> date:
        """The date so many days after the drop."""
        return self.drop + timedelta(days=offset)

    def moment(self, offset: int, clock: time) -> datetime:
        """The moment when the team's clocks show `clock` on that day, in UTC."""
        local = datetime.combine(self.day(offset), clock, tzinfo=self.zone)
        return local.astimezone(UTC)

    def is_broken(self, offset: int, clock: time) -> bool:
        """True between the release that broke it and its repair.

        >>> line = Timeline(date(2026, 11, 17), ZoneInfo("Europe/London"))
        >>> [line.is_broken(day, time(12)) for day in (-1, 0, 3, 4)]
        [False, True, True, False]
        """
        return (0, BROKEN_AT) <= (offset, clock) < (REPAIRED_AFTER, REPAIRED_AT)
