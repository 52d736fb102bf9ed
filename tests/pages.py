"""A page as tests read it: white space as a browser sees it, not as a template breaks its lines."""

from __future__ import annotations

import re
from typing import Any

START, END = re.compile(r"(<[a-z][^<>]*>) "), re.compile(r" (</[a-z0-9]+>)")


def one_line(html: str) -> str:
    """HTML with single spaces, none at the edges of an element and none between two tags.

    >>> one_line("<p>\\n  Fix out,\\n  <b>being checked</b>\\n</p>\\n<p>Yes</p>")
    '<p>Fix out, <b>being checked</b></p><p>Yes</p>'
    """
    text = END.sub(r"\1", START.sub(r"\1", " ".join(html.split())))
    return text.replace("> <", "><")


def page_of(answer: Any) -> str:
    """The page of a response, on one line."""
    return one_line(answer.content.decode())
