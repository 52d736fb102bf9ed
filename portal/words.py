"""Figures, dates and durations in the product's words (UX section 8). Pure: values in, text out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from portal.given import MOST_DIGITS


def whole(text: str | None) -> int | None:
    """The number that a form or an address holds; None for anything else, also for what no row's
    number can be (`"²".isdigit()` is true, and 5,000 digits are no int).

    >>> whole("42"), whole("²"), whole("9" * 19), whole("-1"), whole("")
    (42, None, None, None, None)
    """
    return int(text) if text and text.isdecimal() and len(text) <= MOST_DIGITS else None


def share(value: float) -> str:
    """A share as whole percent.

    >>> share(0.876)
    '88%'
    """
    return f"{percent(value)}%"


def percent(value: float) -> int:
    """A share as a whole number of hundredths, halves up.

    >>> percent(0.125)
    13
    """
    return int(value * 100 + 0.5)


def likely(low: float, high: float) -> str:
    """The likely range of a share.

    >>> likely(0.754, 0.841)
    'likely between 75% and 84%'
    """
    return f"likely between {share(low)} and {share(high)}"


# Where reviewers' errors could not be taken out, a range would say what cannot be kept.
AS_GRADED = "as graded"
AS_GRADED_BY_ONE = "as graded by one reviewer"
LIKELY_MEANS = "“Likely” means the true figure is inside the range about 19 times in 20."
AS_GRADED_MEANS = (
    "“As graded” means with the errors that reviewers make: too few answers were graded by two"
    " people and settled to tell how many those are, so no range is given. A second person for one"
    " answer in six would give one."
)


def about_ranges(has_ranges: bool) -> str:
    """What the words beside shares mean."""
    return LIKELY_MEANS if has_ranges else AS_GRADED_MEANS


def likely_short(low: float, high: float) -> str:
    """The range beside a share.

    >>> likely_short(0.754, 0.841)
    'likely 75% to 84%'
    """
    return f"likely {share(low)} to {share(high)}"


def points(change: float) -> str:
    """A change in points of a hundred.

    >>> points(-14.2), points(3.4), points(0.2), points(-1.0)
    ('14 points lower', '3 points higher', 'about the same', '1 point lower')
    """
    size = int(abs(change) + 0.5)
    if size == 0:
        return "about the same"
    word = "point" if size == 1 else "points"
    return f"{size} {word} {'lower' if change < 0 else 'higher'}"


def _bound(value: float, decimals: bool) -> str:
    return f"{abs(value):.1f}" if decimals else str(int(abs(value) + 0.5))


def points_range(low: float, high: float) -> str:
    """The likely range of a change. Where rounding would make it touch zero, one decimal.

    >>> points_range(-21.0, -8.2)
    'likely 8 to 21 lower'
    >>> points_range(-16.1, 5.9)
    'could be 16 lower to 6 higher'
    >>> points_range(-9.0, -0.3)
    'likely 0.3 to 9.0 lower'
    """
    if low < 0 < high:
        return f"could be {_bound(low, False)} lower to {_bound(high, False)} higher"
    near, far = sorted((abs(low), abs(high)))
    decimals = int(near + 0.5) == 0
    word = "lower" if high <= 0 else "higher"
    return f"likely {_bound(near, decimals)} to {_bound(far, decimals)} {word}"


def day(value: date, today: date) -> str:
    """A date as people say it; with the year only when it is another one.

    >>> day(date(2026, 11, 17), date(2026, 11, 23)), day(date(2025, 11, 17), date(2026, 1, 1))
    ('Tue 17 Nov', 'Mon 17 Nov 2025')
    """
    year = f" {value.year}" if value.year != today.year else ""
    return f"{value:%a} {value.day} {value:%b}{year}"


def day_time(value: datetime, today: date) -> str:
    """A moment, in the zone it carries.

    >>> day_time(datetime(2026, 11, 17, 10, 12), date(2026, 11, 23))
    'Tue 17 Nov 10:12'
    """
    return f"{day(value.date(), today)} {value:%H:%M}"


def day_range(first: date, last: date, today: date) -> str:
    """Two days as a range, the month said once where it can be.

    >>> day_range(date(2026, 11, 16), date(2026, 11, 22), date(2026, 11, 23))
    '16 to 22 Nov'
    >>> day_range(date(2026, 9, 28), date(2026, 11, 22), date(2026, 11, 23))
    '28 Sep to 22 Nov'
    """
    year = f" {last.year}" if last.year != today.year else ""
    start = f"{first.day}" if first.month == last.month else f"{first.day} {first:%b}"
    return f"{start} to {last.day} {last:%b}{year}"


def duration(value: timedelta) -> str:
    """How long, in at most two units; never less than nothing, however two clocks disagree.

    >>> [duration(timedelta(seconds=s)) for s in (-9000, 20, 2280, 7320, 162000)]
    ['under a minute', 'under a minute', '38 min', '2 h 2 min', '1 d 21 h']
    """
    minutes = max(0, int(value.total_seconds() // 60))
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{rest} min" if rest else "under a minute"


def plural(count: int, one: str, many: str = "") -> str:
    """A count with its noun.

    >>> plural(1, "flag"), plural(1200, "flag"), plural(2, "reply", "replies")
    ('1 flag', '1,200 flags', '2 replies')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def initials(name: str) -> str:
    """Two letters for a person.

    >>> initials("Ada Example"), initials("rosa@acorn.example"), initials("")
    ('AE', 'R', '?')
    """
    words = [word for word in name.split("@")[0].split() if word]
    letters = "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words))
    return letters.upper() or "?"


def listed(names: Sequence[str], word: str = "and") -> str:
    """Names in a sentence.

    >>> listed(["Prompt", "Model", "Content"]), listed(["lead", "admin"], "or"), listed(["Model"])
    ('Prompt, Model and Content', 'lead or admin', 'Model')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
