"""Phone numbers with their country code, after "+" or an exit code (ITU-T E.164)."""

from __future__ import annotations

import re

from ingestion.redaction.numbers import Group

# How many figures may follow a country code, where it is known well.
LENGTHS = {
    "1": (10, 10), "7": (10, 10), "20": (8, 10), "27": (9, 9), "30": (10, 10), "31": (9, 9),
    "32": (8, 9), "33": (9, 9), "34": (9, 9), "36": (8, 9), "39": (6, 11), "40": (9, 9),
    "41": (9, 9), "43": (6, 13), "44": (9, 10), "45": (8, 8), "46": (7, 10), "47": (8, 8),
    "48": (9, 9), "49": (6, 12), "52": (10, 11), "54": (10, 11), "55": (10, 11), "60": (8, 10),
    "61": (9, 9), "62": (8, 12), "63": (8, 10), "64": (8, 10), "65": (8, 8), "66": (8, 9),
    "81": (9, 10), "82": (8, 10), "84": (9, 10), "86": (10, 12), "90": (10, 10), "91": (10, 10),
    "92": (9, 10), "98": (10, 10), "234": (7, 10), "254": (9, 9), "351": (9, 9), "352": (6, 11),
    "353": (7, 9), "358": (6, 11), "380": (9, 9), "420": (9, 9), "421": (9, 9), "852": (8, 8),
    "966": (8, 9), "971": (8, 9), "972": (8, 9),
}  # fmt: skip
OTHERS = (6, 12)
CODE = re.compile(
    "1|7|2[07]|3[0123469]|4[013456789]|5[1-8]|6[0-6]|8[1246]|9[0123458]"
    "|(?:21|22|23|24|25|26|29|35|37|38|42|50|59|67|68|69|80|85|87|88|96|97|99)[0-9]"
)
EXIT = re.compile("00|011")
LONGEST = 20  # more figures than that in one go are no phone number


def _figures(text: str, group: Group) -> str:
    return text[group.start : min(group.end, group.start + LONGEST)]


def last_of_international(
    text: str, groups: list[Group], first: int, *, has_plus: bool
) -> int | None:
    """The last group of a number with its country code; None when there is none."""
    sent, place = _figures(text, groups[first]), first
    if not has_plus:
        exit_code = EXIT.match(sent)
        if exit_code is None:
            return None
        sent = sent[exit_code.end() :]
        if not sent:  # 00 44 20 ...
            place += 1
            if place >= len(groups) or groups[place].gap.strip(" -"):
                return None
            sent = _figures(text, groups[place])
    code = CODE.match(sent)
    if code is None:
        return None
    last = _fill(text, groups, place, code.group(), sent[code.end() :])
    if last is None or (has_plus and _is_place_on_earth(text, groups, first, last)):
        return None
    return last


def _fill(text: str, groups: list[Group], place: int, code: str, own: str) -> int | None:
    """Take groups until the country's length is reached."""
    fewest, most = LENGTHS.get(code, OTHERS)
    last = None
    while True:
        if own.startswith("0") and code != "39":
            own = own[1:]  # the 0 that is dialled at home only
        if len(own) > most:
            break
        if len(own) >= fewest:
            last = place
        place += 1
        if place >= len(groups) or _ends_before(groups[place].gap, is_whole=last is not None):
            break
        own += _figures(text, groups[place])
    return last


def _ends_before(gap: str, *, is_whole: bool) -> bool:
    """True when no number goes on after such a gap."""
    if "+" in gap or "_" in gap or gap.endswith(" -"):
        return True
    return is_whole and ("\n" in gap or (gap.isspace() and len(gap) > 1))


def _is_place_on_earth(text: str, groups: list[Group], first: int, last: int) -> bool:
    """+40.712776 is one; +44.2079460958 is how registrars write a phone number."""
    gaps = [one.gap for one in groups[first + 1 : last + 1]]
    code, rest = text[groups[first].start : groups[first].end], groups[last]
    return gaps == ["."] and (not 9 <= rest.end - rest.start <= 11 or code not in LENGTHS)
