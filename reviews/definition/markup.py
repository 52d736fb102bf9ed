"""Turn an assistant's Markdown into safe HTML: no images, no links to follow, nothing remote."""

from __future__ import annotations

import re
from functools import lru_cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

LOOKS_MARKED = re.compile(r"[*_`#|>\[\]]|^\s*(?:[-+]|\d+[.)])\s", re.MULTILINE)
TAGS = {
    "p", "br", "b", "strong", "em", "i", "code", "pre", "ul", "ol", "li", "blockquote", "hr",
    "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "s", "del",
}  # fmt: skip
RENDERER = (
    MarkdownIt("commonmark", {"html": False, "breaks": True})
    .enable(["table", "strikethrough"])
    .disable(["image", "link", "autolink", "html_inline", "html_block"])
)
PROSE = (
    MarkdownIt("commonmark", {"html": False})
    .enable(["table"])
    .disable(["image", "link", "autolink", "html_inline", "html_block"])
)
MAX_RENDERED = 30_000
LONGEST_REMEMBERED = 8_000  # a memory of many long texts would be a large one


def as_text(text: str) -> SafeString:
    """Words as they are: escaped, line breaks kept by CSS."""
    return SafeString(f"<p>{escape(text)}</p>")


def as_answer(text: str) -> SafeString:
    """An assistant's message. Links stay as the text they were written as, so that a reviewer
    sees what the customer saw and nothing can be followed by accident."""
    if len(text) > MAX_RENDERED or not LOOKS_MARKED.search(text):
        return as_text(text)
    return _remembered_answer(text) if len(text) <= LONGEST_REMEMBERED else _answer(text)


def _answer(text: str) -> SafeString:
    html = nh3.clean(RENDERER.render(text), tags=TAGS, attributes={}, link_rel=None)
    return mark_safe(html)  # noqa: S308 - cleaned in the line above


_remembered_answer = lru_cache(maxsize=1024)(_answer)


@lru_cache(maxsize=128)
def as_document(text: str) -> SafeString:
    """The team's own Markdown, such as a quality definition; a line break is a space."""
    html = nh3.clean(PROSE.render(text), tags=TAGS, attributes={}, link_rel=None)
    return mark_safe(html)  # noqa: S308 - cleaned in the line above
