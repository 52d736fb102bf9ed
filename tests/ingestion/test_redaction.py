"""Redaction: what identifies people goes, what an answer is about stays."""

from __future__ import annotations

import gc
import random
import re
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.redaction import LABELS, blank, redact
from ingestion.redaction.look import Signs
from ingestion.redaction.view import view_of
from tests.ingestion.personal.accounts import ACCOUNTS
from tests.ingestion.personal.cards import CARDS
from tests.ingestion.personal.emails import EMAILS
from tests.ingestion.personal.harmless import harmless_texts
from tests.ingestion.personal.phones import PHONES
from tests.ingestion.personal.secrets import SECRETS

GOES = [
    ("Write to jo.doe+x@mail.example.co.uk now", "Write to [email] now"),
    ("<jo@example.com>", "<[email]>"),
    ("+44 20 7946 0958", "[phone number]"),
    ("Call +442079460958.", "Call [phone number]."),
    ("+1 (415) 555-2671", "[phone number]"),
    ("(415) 555-2671", "[phone number]"),
    ("415-555-2671", "[phone number]"),
    ("0049 30 901820", "[phone number]"),
    ("020 7946 0958", "[phone number]"),
    ("030/901820", "[phone number]"),
    ("4111 1111 1111 1111", "[card number]"),
    ("4111-1111-1111-1111", "[card number]"),
    ("card 5555555555554444!", "card [card number]!"),
    ("3782 822463 10005", "[card number]"),
    ("IBAN GB82 WEST 1234 5698 7654 32", "IBAN [account number]"),
    ("DE89370400440532013000", "[account number]"),
    ("sk-abcdefghijklmnop1234", "[secret]"),
    ("Authorization: Bearer abcdefghijklmnopqrstuvwxyz", "Authorization: [secret]"),
    ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "[secret]"),
    ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.abcdefghij", "[secret]"),
]
STAYS = [
    "Order 48213 and order 4821399",
    "Order #112-1234567-1234567",
    "2026-11-17 and 17.11.2026 and 11/17/2026 and 17 November 2026",
    "From 2026-11-17 to 2026-11-18, 2026-11-17 2026-11-18",
    "2026-11-17T10:12:00+00:00",
    "It costs 1,299.00 EUR, or $1 299, or 12.50",
    "Parcel 1Z999AA10123456784",
    "Parcel 00340434161094022115",
    "Parcel 9400 1000 0000 0000 0000 00",
    "Barcode 9780306406157",
    "Sent at 1700000000000",
    "Card ending 4242, version 10.2.14.3, room 0123",
    "4111111111111112",
    "DE89370400440532013001",
    "SKU-2211-4455-AB and SKU 10023-44",
    "@acorn is our handle; ask @support",
    "skating-is-fun-in-winter, pat-a-cake-bakers-man-song",
    "3 to 5 days, 14 days, 24/7, +2 points",
    "ISO 27001 and RFC 3339, PNR ABC123",
    "secret_santa_2026_conversation_start_01",
    "re_0123456789abcdef0123456789abcdef",
    "gpt-4o-2024-08-06 and claude-3-5-sonnet-20241022",
]  # fmt: skip


@pytest.mark.parametrize(("text", "kept"), GOES)
def test_what_identifies_people_goes(text: str, kept: str) -> None:
    assert redact(text) == kept


@pytest.mark.parametrize("text", STAYS)
def test_what_an_answer_is_about_stays(text: str) -> None:
    assert redact(text) == text


def test_a_teams_own_patterns_go_too() -> None:
    assert redact("Member ZX-99 asked", [re.compile(r"ZX-\d+")]) == "Member [removed] asked"


FORMS = {
    "email": EMAILS,
    "phone": PHONES,
    "card": CARDS,
    "iban": ACCOUNTS,
    "secret": SECRETS,
}
LABEL = r"\[(?:" + "|".join(re.escape(label[1:-1]) for label in LABELS.values()) + r")\]"


def forms(family: str) -> list[str]:
    """The forms of a family, what must go between \u27e6 and \u27e7."""
    lines = FORMS[family].splitlines()
    return [
        one.replace("\u23ce", "\n").replace("\u2423", "\u00a0").replace("\u00a6", "")
        for one in lines
    ]


def written(form: str) -> str:
    return re.sub("[\u27e6\u27e7]", "", form)


def is_wholly_caught(form: str) -> bool:
    rest = re.split("\u27e6.*?\u27e7", form, flags=re.DOTALL)
    return re.fullmatch(LABEL.join(map(re.escape, rest)), redact(written(form))) is not None


@pytest.mark.parametrize("family", FORMS)
def test_every_form_of_a_family_is_wholly_caught_and_nothing_beside_it(family: str) -> None:
    known = forms(family)
    assert len(set(known)) == len(known) >= 60
    assert [written(form) for form in known if not is_wholly_caught(form)] == []


@pytest.mark.parametrize("family", FORMS)
@pytest.mark.parametrize("around", ["Hello, {} thanks", "a\n{}\nb", "My data:\n- {}\n- none"])
def test_forms_are_caught_within_other_words_too(family: str, around: str) -> None:
    missed = [form for form in forms(family) if not is_wholly_caught(around.format(form))]
    assert len(missed) <= len(forms(family)) * 0.05, missed


def test_harmless_texts_stay_as_they_are() -> None:
    altered = [text for text in harmless_texts(10_000, seed=11) if redact(text) != text]
    assert altered == []


ALL = Signs(at=True, spelled=True, token=True, said=True, number=True)


def mixtures(count: int) -> Iterator[str]:
    """Forms, harmless texts and odd pieces, stuck together."""
    rng = random.Random(13)
    pieces = [written(form) for family in FORMS for form in forms(family)]
    pieces += [*STAYS, *harmless_texts(300, seed=12)]
    odd = [
        " ",
        "\n",
        ", ",
        "\u2013",
        "\u0661",
        "\U0001f600",
        "\u200b",
        "password",
        " is ",
        "4",
        "@",
    ]
    for _ in range(count):
        yield "".join(
            rng.choice(pieces if rng.random() < 0.6 else odd) for _ in range(rng.randint(1, 5))
        )


def test_looking_first_for_what_may_be_there_changes_nothing() -> None:
    missed = [text for text in mixtures(2000) if redact(text) != blank(text, ALL)]
    assert missed == []


def test_redacting_twice_changes_nothing_more() -> None:
    once = [redact(text) for text in mixtures(2000)]
    assert [text for text in once if redact(text) != text] == []


@given(st.text())
def test_any_text_can_be_redacted_and_twice_is_once(text: str) -> None:
    once = redact(text)
    assert redact(once) == once
    assert blank(text, ALL) == once


@given(st.text())
def test_a_view_knows_where_everything_came_from(text: str) -> None:
    view = view_of(text + "x\u200b%40&#64;\\u0040 \uff20")
    assert view.text.endswith("x@@@ @")
    assert view.span(len(view.text) - 6, len(view.text)) == (len(text), len(text) + 18)


PIECES = (
    "a", "1", "0", "+", " ", "-", "a@", "a.", "@", "1 ", "0 ", " +1234567890123456789012345x",
    " 0012345 12345 12345 12345x", "eyJ", "eyJ-", "eyJabcdefghijk.", "sk-", "sk_a", "Bearer ",
    "GB82 ", "GB82WEST", "4111-", "4111 1111 ", "(0", "(012) 12 ", "a@b.", "a@b-", "x.x@",
    " 012 12-12-12-12x", "(222) 222-222", "AKIA", "\u0661 ", "\n", "a.a.a.", "a.a@a.", "12 12 ",
    "06 12 34 56 ", "password=", "password: ", "password is ", "key=", "a_", "secret_", "pin 1",
    "\\u0040", "\\", "%40", "&#64;", "&amp;", "\u200b", "\u00ad1", "\uff20", "a at b ", "a dot ",
    "(at)", "a(at)b(dot)", '"a"@', '"', "http://a:", "a://b:c", "a://a:b@", "cookie: a=b; ",
    "-----BEGIN PRIVATE KEY-----", "authorization: a ", "<password>", "curl -u ", "mysql ",
    "4 1 1 1 ", "4111 1111 1111 1111 ", "DE89370400440532013000 ", "tel 1234567", "+49 ", "0049 ",
    "ssh-rsa AAAA", "password (", "aPassword", "sid=", "x-api-key", "bearer a1b2c3d4e5f6g7h8 ",
)  # fmt: skip


def seconds(text: str) -> float:
    gc.disable()  # it would look through all the rows of other tests
    started = time.process_time()
    redact(text)
    taken = time.process_time() - started
    gc.enable()
    return taken


@pytest.mark.parametrize("piece", PIECES)
def test_hostile_text_costs_what_its_length_costs(piece: str) -> None:
    short, long = ((piece * 40_000)[:size] for size in (4_000, 40_000))
    once = min(seconds(short) for _ in range(3))
    assert seconds(long) < max(0.08, 40 * once)  # squared, it would be a hundred times
