"""The team's clock: the day a moment lies in, and when a day begins there."""

from datetime import UTC, date, datetime

import pytest

from portal.accounts.models import Team


@pytest.mark.parametrize(
    ("zone", "moment", "day", "first_full"),
    [
        ("UTC", datetime(2026, 11, 17, 11, 59, tzinfo=UTC), date(2026, 11, 17), 17),
        ("UTC", datetime(2026, 11, 17, 12, 0, tzinfo=UTC), date(2026, 11, 17), 18),
        ("Pacific/Auckland", datetime(2026, 11, 17, 11, 0, tzinfo=UTC), date(2026, 11, 18), 18),
        ("America/New_York", datetime(2026, 11, 18, 4, 59, tzinfo=UTC), date(2026, 11, 17), 18),
    ],
)
def test_a_moment_lies_in_the_teams_day(
    zone: str, moment: datetime, day: date, first_full: int
) -> None:
    team = Team(time_zone=zone)
    assert team.day_of(moment) == day
    assert team.local(moment) == moment
    assert team.first_full_day(moment) == date(2026, 11, first_full)


def test_a_day_begins_by_the_teams_clock_also_when_clocks_change() -> None:
    team = Team(time_zone="Europe/London")
    assert team.midnight(date(2026, 10, 25)).astimezone(UTC).hour == 23
    assert team.midnight(date(2026, 10, 26)).astimezone(UTC).hour == 0
