"""Texts made alike, so that what people type or paste meets what was sent.

PostgreSQL does it, on both sides of each comparison; how words are cut apart stands here for Python
too, because what is asked becomes a query of words. A test holds the two together.
"""

from __future__ import annotations

import re
import unicodedata

from django.db.models import Func

# Chinese characters, kana and Hangul: written without spaces, so each is a word of its own and a
# word of several is found as a phrase.
UNSPACED = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
ACCENTS = "\u0300-\u036f"
# What may be lost or changed between a screen and a paste: white space, punctuation, marks of
# Markdown, typographic signs, and characters that nobody sees.
LOST = (
    r"\s!-/:-@\u005b-\u0060{-~"
    "\u00a0-\u00a9\u00ab-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7"
    "\u2000-\u206f\u2212\u3000-\u3003\u3008-\u3011\u3014-\u301f\u30fb\ufe0e\ufe0f\ufeff"
)
MOST_COMPARED = 10_000  # characters; two answers that differ only after so many are the same

_ACCENTS = re.compile(f"[{ACCENTS}]")
_UNSPACED = re.compile(f"([{UNSPACED}])")


def without_accents(text: str) -> str:
    """`text` in compatible forms, its Latin letters without their marks.

    >>> without_accents("Crème brûlée ﬁne")
    'Creme brulee fine'
    """
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFKC", plain)


def spaced(text: str) -> str:
    """`text` without accents, with white space around what is written without it.

    >>> spaced("返品 café").split()
    ['返', '品', 'cafe']
    """
    return _UNSPACED.sub(r" \1 ", without_accents(text))


def sql_spaced(text: str) -> str:
    """The expression of `spaced` over the SQL expression `text`."""
    return rf"regexp_replace({_sql_without_accents(text)}, '([{UNSPACED}])', ' \1 ', 'g')"


def _sql_without_accents(text: str) -> str:
    bare = f"regexp_replace(normalize({text}, NFKD), '[{ACCENTS}]', '', 'g')"
    return f"normalize({bare}, NFKC)"


def sql_squeezed(text: str) -> str:
    """What remains when the looks of `text` are left out: small letters without accents, and
    digits. ` #ZD-48213 ` is `zd48213`, `**Yes**, it's free.` is `yesitsfree`."""
    return f"regexp_replace(lower({_sql_without_accents(text)}), '[{LOST}]+', '', 'g')"


def sql_words_of(text: str) -> str:
    """A number for the words of an answer, the same for the same words; null without any."""
    return f"hashtextextended(nullif(left({sql_squeezed(text)}, {MOST_COMPARED}), ''), 0)"


class Squeezed(Func):
    """`sql_squeezed` of a column or value."""

    arity = 1
    template = sql_squeezed("%(expressions)s")


class LastNumber(Func):
    """The last digits of a column or value, by which a ticket is known without its letters; null
    without any."""

    arity = 1
    template = "substring(normalize(%(expressions)s, NFKC) from '([0-9]+)[^0-9]*$')"
