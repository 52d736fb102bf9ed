"""Forms of the pages about reviews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from portal import given
from portal.refused import Refused
from portal.words import whole
from reviews.grading.form import Form, Mark

MAX_EVIDENCE, MAX_PHRASE, MAX_PASSAGES, MAX_CRITERIA = 20, 2000, 10_000, 50
MAX_EVIDENCE_TEXT = 1_000_000


def _evidence(raw: str) -> list[dict[str, Any]]:
    """The marked phrases; what does not fit is left out, a grade never fails on them."""
    try:
        rows = given.document(raw or "[]", most=MAX_EVIDENCE_TEXT)
    except given.NotReadable:
        return []
    kept = []
    for row in rows[:MAX_EVIDENCE] if isinstance(rows, list) else []:
        if isinstance(row, Mapping) and isinstance(row.get("text"), str):
            where = row.get("where")
            passage = type(where) is int and 0 <= where <= MAX_PASSAGES
            kept.append({"where": where if passage else "answer", "text": row["text"][:MAX_PHRASE]})
    return kept


def _mark(post: QueryDict, criterion: int) -> Mark | None:
    level = post.get(f"c{criterion}", "")
    if not level:
        return None
    if level == "0":
        return Mark(None)
    return Mark(whole(level) or -1, post.get(f"w{criterion}", ""))


def grade_form(post: QueryDict) -> Form:
    """The posted form as the grading step takes it: c<criterion> is a level, w<criterion> what went
    wrong. Raises Refused when the form names no version."""
    version = whole(post.get("version"))
    if version is None:
        raise Refused("version", "The form has no definition. Load the page again.")
    numbers = (whole(name[1:]) for name in post if name[:1] == "c")
    criteria = [number for number in numbers if number is not None]
    marks = {criterion: _mark(post, criterion) for criterion in criteria[:MAX_CRITERIA]}
    seconds = whole(post.get("seconds"))
    return Form(
        version=version,
        marks={pk: mark for pk, mark in marks.items() if mark is not None},
        note=post.get("note", ""),
        is_urgent=post.get("urgent") == "on",
        evidence=_evidence(post.get("evidence", "")),
        seconds=min(seconds, 86_400) if seconds is not None else None,
    )
