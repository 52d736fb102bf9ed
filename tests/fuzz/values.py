"""Values that programs fall over, and a strategy that makes more of their kind."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

TEXT = (
    "", " ", "\x00", "a\x00b", "\ud83d", "a\udc00b", "\x1b[31m\x07\x08", "\u202eabc\u2066",
    "\u2028\u2029\u0085", "a\r\nSet-Cookie: x=1\r\n\r\n", "\ufeff\u200b", "\uffff\ufffe",
    "😀" * 300, "İ" * 130, "ﬃ" * 250, "x" * 500, "x" * 5001, "é" * 20_001, "{{ x }}{% x %}<script>",
    "';--",
    "%00%s%(x)s{0}", "../../etc/passwd", "\\", "\\u0000", "None", "null", "undefined",
)  # fmt: skip
NUMBERS = (
    "0", "-1", "-0", "+1", "1.5", "1e3", "1e999", "-1e999", "5e-324", "NaN", "nan", "Infinity",
    "-Infinity", "²", "٣", "０", "1_000", "0x10", "2147483648", "-2147483649", "9" * 18,
    "9223372036854775807", "9223372036854775808", "9" * 19, "9" * 400, "9" * 5000, "true", "on",
)  # fmt: skip
DATES = (
    "0001-01-01", "9999-12-31", "1999-12-31", "2000-01-01", "2099-12-31", "2100-01-01",
    "2026-02-30", "2026-11-17", "20261117", "2026-W47-2", "10000-01-01", "-0001-01-01",
    "0001-01-01T00:00", "9999-12-31T23:59:59.999999", "2026-11-17T24:00", "2026-11-17T10:00+14:00",
    "24:00", "23:59:59.999999999", "99:99", "00:00",
)  # fmt: skip
DOCUMENTS = (
    "[]", "{}", "[[]]", "[" * 3000, '{"a":' * 500 + "1" + "}" * 500, '{"note": "half \\ud83d"}',
    '{"\\u0000": "\\u0000"}', "[NaN]", "[1e999]", "[-Infinity]", "[" + "9" * 5000 + "]",
    '[{"where": 1e300, "text": "a"}]', '[{"where": true, "text": "\\udfff"}]', '"a"', "1", "[null]",
    '{"marks": {"1": {"level": []}}}',
)  # fmt: skip
ADDRESSES = (
    "http://[", "https://[::1]:99999999/", "https://a.example:port/", "javascript:alert(1)", "//a",
    "http://" + "a" * 300 + ".example/", "https://xn--/", "a@b", "a@" + "b" * 300, "a@[127.0.0.1]",
    "a b@c.example", "é@é.example",
)  # fmt: skip
KNOWN = (*TEXT, *NUMBERS, *DATES, *DOCUMENTS, *ADDRESSES)


def hostile() -> st.SearchStrategy[str]:
    """A known troublemaker, or a new one: any letters at all, numbers, dates, JSON."""
    letters = st.text(st.characters(), max_size=40)
    anything = st.text(st.characters(exclude_categories=()), max_size=600)  # half pairs too
    numbers = st.one_of(st.integers().map(str), st.floats(width=64).map(repr))
    days = st.one_of(st.dates().map(str), st.datetimes().map(str), st.times().map(str))
    known = st.sampled_from(KNOWN)
    return st.one_of(known, known, letters, anything, numbers, days)


def fresh(dice: Random, count: int) -> Iterator[str]:
    """New values, as many as asked for, the same for the same dice."""
    made: list[str] = []

    @seed(dice.randrange(1 << 30))
    @settings(max_examples=count, database=None, deadline=None, phases=[Phase.generate])
    @given(hostile())
    def keep(value: str) -> None:
        made.append(value)

    keep()
    yield from made
