"""Secrets that are known by what is said before them: passwords, keys, cookies, codes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import NamedTuple

LABEL = r"(?!\[(?:email|secret|account number|card number|phone number|removed)\])"
QUOTED = rf"{LABEL}\"[^\"\r\n]{{1,400}}\"|{LABEL}'[^'\r\n]{{1,400}}'|{LABEL}`[^`\r\n]{{1,400}}`"
BARE = rf"{LABEL}[^\s\"'`<>]{{3,800}}+"
WORDS = (
    r"(?:pass(?:word|wd|wort|phrase|code|wrd)?s?|pwd|passwort|kennwort|mot[ _]de[ _]passe|mdp|"
    r"contrase(?:n|\u00f1)a|senha|wachtwoord|has[l\u0142]o|heslo|parola|"
    r"\u043f\u0430\u0440\u043e\u043b\u044c|\u5bc6\u7801|\u30d1\u30b9\u30ef\u30fc\u30c9)"
)
KEY = (
    r"(?:(?:api|access|secret|private|auth|account|shared[ _-]?access|encryption|signing|master|"
    r"service|app|subscription|license|consumer|storage)[ _-]?keys?|secrets?|"
    r"(?:client|app|consumer|webhook|shared|signing)[ _-]?secret|"
    r"(?:(?:access|auth|bearer|refresh|id|api|session|bot|personal[ _-]access|csrf|xsrf|oauth|"
    r"deploy|security|reset)[ _-]?)?tokens?|"
    r"aws[ _-]secret(?:[ _-]access)?[ _-]key|session[ _-]?(?:id|key|cookie)|sessid|phpsessid|"
    r"jsessionid|connect\.sid|asp\.net_sessionid|sid|credentials?|creds?|signature|sig|"
    r"x-amz-(?:signature|security-token|credential)|jwt|apikey|authkey|auth)"
)
# What follows: = or : in code and settings, "is" in speech.
JOIN = (
    r"(?:[\"'`\])]{0,2}[ \t]{0,3}(?::=|=>|==?|:)[ \t]{0,3}"
    r"|[\"'`]{0,2} {1,2}(?:is|was|are|ist|est|es|lautet)(?: now| set to)?:? {1,2})"
)
ASSIGNED = re.compile(
    rf"(?<![A-Za-z\[])(?:[A-Za-z0-9]{{1,20}}[_.-]){{0,4}}(?:(?P<pass>{WORDS})|(?P<key>{KEY}))"
    rf"(?:[_-](?:prod|dev|test|live|value|key|1|2))?(?:\s{{0,2}}\([^()\n]{{0,30}}\))?"
    rf"(?P<join>{JOIN})(?P<value>{QUOTED}|{BARE})",
    re.IGNORECASE,
)
SAID = re.compile(
    rf"(?<![A-Za-z])(?:(?P<pass>{WORDS})|(?P<key>(?:api|access|secret|auth|private)[ _-]?"
    rf"(?:key|token)|token|secret))[ \t]{{1,2}}(?:of |to |for \w+ )?(?P<value>{QUOTED}|{BARE})",
    re.IGNORECASE,
)
# camelCase: dbPassword, clientSecret, AccountKey
CAMEL = re.compile(
    rf"[a-z](?P<name>Password|Passwd|Pwd|Secret|Token|ApiKey|AccessKey|SecretKey|PrivateKey)"
    rf"(?P<join>{JOIN})(?P<value>{QUOTED}|{BARE})"
)
ELEMENT = re.compile(
    r"<(?P<name>[\w:-]{0,30}(?:password|passwd|pwd|secret|token|apikey|api-key)[\w:-]{0,20})>"
    r"(?P<value>[^<>\r\n]{3,400})</",
    re.IGNORECASE,
)
OPTION = re.compile(
    rf"(?<![\w-])(?:--?(?:password|passwd|pass|token|secret|api-?key|access-key|secret-key)"
    rf"(?: {{1,2}}|=)|(?:curl|wget)\b[^\n]{{0,200}}? (?:-u|--user) ?|sshpass -p ?|"
    rf"mysql\b[^\n]{{0,100}}? -p(?=\S))(?P<value>{QUOTED}|{BARE})"
)
HEADER = re.compile(
    rf"(?<![\w-])(?:proxy-)?authorization[\"']?[ \t]{{0,2}}[:=][ \t]{{0,2}}[\"']?"
    rf"(?P<value>(?:[A-Za-z][\w-]{{2,30}} {{1,3}})?{LABEL}[^\s\"'<>,;]{{4,2000}}+"
    r"(?:, ?\w+=\"?[^\s\",]+\"?)*)"
    rf"|(?<![\w-])x-[a-z-]{{0,30}}(?:key|token|secret|auth)[\"']?[ \t]{{0,2}}:[ \t]{{0,2}}[\"']?"
    rf"(?P<own>{LABEL}[^\s\"'<>,;]{{6,2000}}+)",
    re.IGNORECASE,
)
SCHEME = re.compile(
    r"(?<![\w-])(?P<scheme>bearer|basic|apikey|digest|negotiate)[ \t]{1,4}"
    r"(?P<value>[A-Za-z0-9._~+/-]{8,4000}+=*)",
    re.IGNORECASE,
)
COOKIE = re.compile(
    rf"(?<![\w-])(?:set-)?cookie[\"']?[ \t]{{0,2}}[:=][ \t]{{0,2}}[\"']?"
    rf"(?P<value>{LABEL}[\w.!#$%&*+^|~-]{{1,80}}=(?:[^\s\"'<>]|(?<=;) ){{1,4000}}+)",
    re.IGNORECASE,
)
CODE = re.compile(
    r"(?<![A-Za-z])(?:(?:my |the |your |his |her |card |bank |sim |atm )?pin|otp|tan|cvv2?|cvc2?|"
    r"(?:one[- ]time|verification|confirmation|security|login|log-in|sign-in|2fa|mfa|two-factor|"
    r"authentication|auth|access|unlock|backup|recovery|passcode|sms)[ -]?(?:pass)?"
    r"(?:code|password|pin|token))(?:[ -]?(?:code|number|no\.?))?[\"']?"
    r"(?P<join>[ \t]{0,2}(?::|=|is|was|ist)[ \t]{0,2}|[ \t])[\"']?"
    r"(?P<value>[0-9]{3}[ -][0-9]{3}|[0-9]{3,8})(?![\w%]|[.,:-][0-9])",
    re.IGNORECASE,
)
# What stands for a value, or says something about one.
NO_VALUE = re.compile(
    r"(?:none|null|nil|undefined|true|false|yes|no|required|optional|string|str|int|bytes|text|"
    r"bool(?:ean)?|object|number|any|empty|missing|invalid|incorrect|correct|wrong|valid|expired|"
    r"changed|reset|set|unset|forgotten|hidden|encrypted|hashed|protected|masked|redacted|"
    r"removed|secret|password|passwd|pwd|token|key|apikey|api[_-]?key|user(?:name)?|login|email|"
    r"value|example|placeholder|changeme|todo|tbd|n/?a|here|there|not|too|very|case[- ]sensitive|"
    r"the|a|an|at|in|on|for|to|of|and|or|is|was|are|be|been|by|with|your|my|our|his|her|their|"
    r"it|this|that|must|should|can|will|may|stored|saved|sent|used|needed|shown|generated|"
    r"(?:your|insert|enter)[-_ ].*|my[-_ ]?(?:password|secret|token|key|api).*|.*[_-]here|x{3,}.*|"
    r"\*+|\.{3,}.*|_+|-+|"
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN|SECRET|PASSWORD)|"
    r"\$.*|%.*%|\{.*|<.*|\(.*|\[.*|\W+|"
    r"(?:os|env|process|config|settings|self|this|request|req|args|options|params|data|form|user|"
    r"ctx|cfg|conf|secrets|credentials|st|app|props|event|session|model|response|res|body|input|"
    r"getpass|driver|tokenizer|token|json|lambda|await|new)[.\[(].*|"
    r"[A-Za-z_][\w.]*\(.*|[a-z]+(?:_[a-z]+)+)",
    re.IGNORECASE,
)
SIGNS = re.compile(r"[^A-Za-z0-9\s._/:-]")


class Value(NamedTuple):
    """What is said to be a secret, without its quotes, and how it is said."""

    text: str
    start: int
    is_quoted: bool
    join: str
    after: str

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.text)

    @property
    def is_spoken(self) -> bool:
        """True for "is" and the like; False for = and :."""
        return any(map(str.isalpha, self.join))

    @property
    def has_figures(self) -> bool:
        """True when there is one figure and more in it."""
        return any(map(str.isdigit, self.text))

    @property
    def is_mixed(self) -> bool:
        """True for letters and figures, or signs that words do not hold."""
        if self.has_figures and any(map(str.isalpha, self.text)):
            return True
        return SIGNS.search(self.text.strip("()[]{}'\"")) is not None


def _value(match: re.Match[str]) -> Value:
    given, join = match["value"], match.groupdict().get("join") or ""
    quoted = given[0] in "\"'`" and len(given) > 1
    if quoted:
        inner = given[1:-1]
    else:
        ends = "&;,|" if "=" in join else ",|"  # a setting ends, or a sentence
        inner = re.split(f"[{ends}]", given, maxsplit=1)[0].rstrip(".,;?)]}:")
    start = match.start("value") + quoted
    end = start + len(inner) + quoted
    return Value(inner, start, quoted, join, match.string[end : end + 8])


def _is_password(value: Value) -> bool:
    if len(value.text) < 3 or NO_VALUE.fullmatch(value.text):
        return False
    if value.text.isdigit():  # not: 12 characters
        return len(value.text) >= 4 and not re.match(" ?(?:char|lett|digi|sign)", value.after)
    if value.is_quoted or value.is_mixed:
        return True
    if value.is_spoken:
        return False
    # A word: only where it stands alone, as in a setting or at the end of a line.
    return value.join == "=" or value.after.strip(" ")[:1] in ("", *"\n,;\"'.<")


def _is_key(value: Value) -> bool:
    """For names such as token or key: longer than a password may be, and not a word."""
    text = value.text
    if len(text) < (8 if value.is_spoken else 6) or NO_VALUE.fullmatch(text) or " " in text:
        return False
    if value.has_figures:
        return any(map(str.isalpha, text)) or (len(text) >= 8 and not value.is_spoken)
    if len(text) >= 12:
        is_camel = text != text.lower() and text[1:] != text[1:].lower()
        if is_camel or (value.is_quoted and not value.is_spoken):
            return True
    return len(text) >= 8 and SIGNS.search(text) is not None


def _is_said(value: Value, *, is_password: bool) -> bool:
    """Right after the word, with nothing between: only what can be nothing else."""
    if len(value.text) < (6 if is_password else 16) or NO_VALUE.fullmatch(value.text):
        return False
    if not value.has_figures or not any(map(str.isalpha, value.text)):
        return False
    return value.is_quoted or is_password or "-" not in value.text


def _assigned(text: str) -> Iterator[Value]:
    for match in ASSIGNED.finditer(text):
        value = _value(match)
        if _is_password(value) if match["pass"] else _is_key(value):
            yield value
    for match in CAMEL.finditer(text):
        value = _value(match)
        if _is_key(value) or (match["name"].startswith("P") and _is_password(value)):
            yield value
    for match in SAID.finditer(text):
        value = _value(match)
        if _is_said(value, is_password=match["pass"] is not None):
            yield value


def _is_log_in(value: str) -> bool:
    """True when it is name:password in base64 (RFC 7617)."""
    try:
        known = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    return ":" in known and known.isprintable()


def _schemes(text: str) -> Iterator[tuple[int, int]]:
    for match in SCHEME.finditer(text):
        value, scheme = match["value"], match["scheme"].lower()
        if scheme == "basic":
            fits = _is_log_in(value)
        else:
            figures = any(map(str.isdigit, value))
            fits = len(value) >= (12 if figures else 20) and (figures or "-" not in value)
        if fits:
            yield match.span()


def find_said(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets are that follow a word for one."""
    yield from ((value.start, value.end) for value in _assigned(text))
    yield from _schemes(text)
    for match in HEADER.finditer(text):
        yield match.span("value" if match["value"] else "own")
    for expression in (COOKIE, CODE, OPTION, ELEMENT):
        for match in expression.finditer(text):
            if expression is CODE and _is_no_code(match):
                continue
            if expression in (OPTION, ELEMENT) and NO_VALUE.fullmatch(_value(match).text):
                continue
            yield match.span("value")


def _is_no_code(match: re.Match[str]) -> bool:
    """A year, a place's PIN code in India, a count."""
    value, join = match["value"], match["join"].strip()
    return not join and (len(value) == 6 and "pin" in match.group().lower())
