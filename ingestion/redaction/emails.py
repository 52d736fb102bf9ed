"""E-mail addresses: as RFC 5321 and 6531 write them, and as people spell them out."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Ends of names that nothing but an address has, for spellings in which a sentence might fit too.
ENDS = (
    r"(?:com|org|net|edu|gov|mil|int|info|biz|io|co|eu|de|at|ch|fr|es|it|pt|nl|be|lu|uk|ie|dk|se|"
    r"no|fi|pl|cz|sk|hu|ro|bg|gr|hr|si|rs|ua|ru|tr|il|in|cn|jp|kr|tw|hk|sg|my|id|ph|th|vn|au|nz|"
    r"za|ng|ke|eg|br|mx|ar|cl|pe|ca|us|me|tv|dev|app|ai|cloud|online|shop|site|email|example|test|"
    r"xyz|tech|store)"
)
LETTER = r"[^\W_]"
LABEL = rf"{LETTER}(?:[\w-]{{0,61}}{LETTER})?"
TOP = r"(?:xn--[A-Za-z0-9-]{2,59}|[^\W\d_]{2,24})"
DOMAIN = rf"(?:{LABEL}\.){{1,8}}{TOP}(?![\w-]*\w@)"
LITERAL = r"\[(?:IPv6:[0-9A-Fa-f:.]{2,45}|(?:[0-9]{1,3}\.){3}[0-9]{1,3})\]"
# What stands before the sign: an atom, or words in quotes.
ATOM = r"[\w!#$%&'*+/=?^`{|}~.-]"
LOCAL = re.compile(rf'(?:"[^"\r\n]{{1,64}}"|{ATOM}{{1,254}})\Z')
SIGN = re.compile("@")
AFTER_SIGN = re.compile(rf"(?:{DOMAIN}|{LITERAL}|\r?\n[ \t]*{DOMAIN})")
# Around the sign: blanks, brackets, a comment. Domain names then end as most do.
LOOSE_BEFORE = re.compile(
    rf"(?P<local>{ATOM}{{1,64}})(?P<open>[ \t]{{0,3}}[\[({{<]?[ \t\n]{{0,3}})\Z"
)
DOTS = r"(?:dot|d0t|punkt|punto|point)"
DOT = (
    rf"[ \t]{{0,3}}(?:\.|[\[({{<][ \t]?(?:\.|{DOTS})[ \t]?[\])}}>]"
    rf"|[ \t_-]{DOTS}[ \t_-])[ \t]{{0,3}}"
)
LOOSE_AFTER = re.compile(
    rf"(?P<close>[ \t\n]{{0,3}}[\])}}>]?[ \t\n]{{0,3}})"
    rf"(?P<domain>[\w-]{{1,63}}(?:{DOT}[\w-]{{1,63}}){{0,4}}?{DOT}{ENDS})(?![\w@-]|\.\w)",
    re.IGNORECASE,
)
AT = (
    r"(?P<bracket>[ \t]{0,3}[\[({<*|_~-]{1,2}[ \t]?(?:at|\u00e4t|a|arroba|chiocciola|@)"
    r"[ \t]?[\])}>*|_~-]{1,2}[ \t]{0,3})"
    r"|(?P<word>[ \t\n]{1,3}(?:at|arroba|chiocciola|\u00e4t|klammeraffe)[ \t\n]{1,3})"
)
LOCAL_SPELLED = rf"\w(?:[\w.+-]|[ \t]{DOTS}[ \t]){{0,63}}"
SPELLED = re.compile(
    rf"(?<![\w.+-])(?P<local>{LOCAL_SPELLED}?)(?:{AT})"
    rf"(?P<domain>[\w-]{{1,63}}(?:{DOT}[\w-]{{1,63}}){{0,4}}?(?P<dot>{DOT}){ENDS})"
    r"(?![\w@/(-]|\.\w)",
    re.IGNORECASE,
)
BEFORE_SPELLED = re.compile(rf"{LOCAL_SPELLED}[ \t]{{0,3}}\Z", re.IGNORECASE)
SPELLED_SIGN = re.compile(
    r"(?i)[\[({<*|_~-][ \t]?(?:at|\u00e4t|a|arroba|chiocciola|@)[ \t]?[\])}>*|_~-]"
    r"|[ \t\n](?:at|arroba|chiocciola|\u00e4t|klammeraffe)[ \t\n]"
)
FREE = re.compile(
    r"(?i)(?:gmail|googlemail|yahoo|hotmail|outlook|live|icloud|aol|gmx|web|proton(?:mail)?|"
    r"t-online|mail|yandex|qq|163|zoho|fastmail|me|msn|free|orange|libero)\b"
)
SAID = re.compile(
    r"(?i)(?:(?:e-?mail|mail|address|adresse|correo|courriel)(?: address| id)?"
    r"(?: is| ist| es|[:=]) ?"
    r"|(?:write|e-?mail|mail|contact|reach|send (?:it|that|this))(?: to)?(?: me| us| him| her)?"
    r"(?: at| on| to)? )\Z"
)
NAME = re.compile(r"(?:[^\W\d_]+[._+-])+[^\W\d_]+[0-9]{0,4}|[^\W\d_]+[._][0-9]{1,4}")
NO_PERSON = frozenset(
    {"us", "me", "at", "them", "it", "him", "her", "you", "we", "i", "here", "look", "looks",
     "meet", "stop", "see", "find", "now", "store", "shop", "only", "and", "or", "is", "was", "be",
     "the", "this", "that", "online", "available", "free", "sale", "deal", "price", "prices"}
)  # fmt: skip


def _start_of_local(text: str, sign: int) -> int | None:
    local = LOCAL.search(text, max(0, sign - 254), sign)
    if local is None:
        return None
    found = local.group()
    start = local.start()
    if found[0] != '"':
        cut = max(found.rfind("="), found.rfind("/"), found.rfind("?"), found.rfind("&"))
        if cut >= 0 and cut + 1 < len(found) and re.search(r"[?&/=]\w+=|^\w+=|/", found):
            start += cut + 1  # a link or a setting goes on in it
        while text[start] in "'`*|{.-" and start + 1 < sign:
            start += 1
    return start


def _plain(text: str) -> Iterator[tuple[int, int]]:
    for sign in SIGN.finditer(text):
        place = sign.start()
        after = AFTER_SIGN.match(text, place + 1)
        start = _start_of_local(text, place) if after else None
        if after is not None and start is not None:
            if text[start:place] == "git" and text[after.end() : after.end() + 1] in (":", "/"):
                continue  # where a repository is
            yield start, after.end()
            continue
        found = _loose(text, place)
        if found is not None:
            yield found


def _loose(text: str, place: int) -> tuple[int, int] | None:
    """With blanks or brackets around the sign, or with its dots spelled out."""
    before = LOOSE_BEFORE.search(text, max(0, place - 72), place)
    after = LOOSE_AFTER.match(text, place + 1)
    if before is None or after is None or before["local"].lower() in NO_PERSON:
        return None
    apart = before["open"].strip() == "" and before["open"] != ""
    if apart and after["close"] == "":
        return None if before["local"][-1] in ".,;:" else (before.start(), after.end())
    return before.start(), after.end()


def _is_person(match: re.Match[str]) -> bool:
    """Whether what is spelled with a bare "at" can be nothing but an address."""
    text, local, domain = match.string, match["local"], match["domain"]
    if match["bracket"] is not None:
        soft = match["bracket"].strip()[0] in "_-~*|"
        return not soft or "." in domain or "dot" in domain.lower()
    if local.lower() in NO_PERSON:
        return False
    if match["dot"].strip() != "." or NAME.fullmatch(local) or FREE.match(domain):
        return True
    if match["word"].strip() == "AT" and not local.isupper():
        return True
    return SAID.search(text, max(0, match.start() - 40), match.start()) is not None


def _spelled(text: str) -> Iterator[tuple[int, int]]:
    end = 0
    for sign in SPELLED_SIGN.finditer(text):
        start = max(end, sign.start() - 64)
        for match in _around(text, start, sign):
            if _is_person(match):
                yield match.span()
                end = match.end()


def _around(text: str, start: int, sign: re.Match[str]) -> Iterator[re.Match[str]]:
    """The address around a spelled sign, when there is one."""
    before = BEFORE_SPELLED.search(text, start, sign.start())
    if before is not None:
        match = SPELLED.match(text, before.start())
        if match is not None:
            yield match


def find_emails(text: str, *, has_sign: bool, is_spelled: bool) -> Iterator[tuple[int, int]]:
    """Where addresses are."""
    if has_sign:
        yield from _plain(text)
    if is_spelled:
        yield from _spelled(text)
