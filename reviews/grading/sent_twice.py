"""The same grade, sent again: by a second tab, or because the first answer never came back."""

from __future__ import annotations

from portal.accounts.models import User
from reviews.grading.form import Form
from reviews.models import Assignment, Grade, Verdict


def stored_already(
    *, place: Assignment, reviewer: User, form: Form, note: str, criteria: set[int]
) -> Grade | None:
    """The grade of `place` that counts, when it says exactly this; how long it took does not count.

    A grade that was taken back stands no more: the same form is then a new grade.
    """
    if place.state != Assignment.State.DONE:
        return None
    last = place.grades.newest().first()
    if last is None or last.verdict == Verdict.WITHDRAWN or last.reviewer_id != reviewer.pk:
        return None
    same = (
        last.version_id == form.version
        and last.note == note
        and last.is_urgent == form.is_urgent
        and last.evidence == [dict(one) for one in form.evidence]
    )
    given = {pk: (mark.level, mark.went_wrong) for pk, mark in form.marks.items() if pk in criteria}
    stored = {one.criterion_id: (one.level_id, one.went_wrong) for one in last.levels.all()}
    return last if same and given == stored else None
