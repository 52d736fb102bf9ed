"""What a reviewer finds on the first page."""

from __future__ import annotations

from dataclasses import replace

from reviews.grading.grades import record_grade
from reviews.grading.queue import claim
from reviews.pages.answer.home import reviewer_home
from tests.world import World


def test_what_own_grades_found_is_named_with_how_many_answers(world: World) -> None:
    world.grade()
    world.grade(standing="fails")
    good, bad = world.form().marks, world.form("fails", "incomplete").marks
    first, *_ = good
    world.sample()
    place = claim(assistant=world.assistant, reviewer=world.rosa, at=world.now)
    assert place is not None
    form = replace(world.form(), marks={**good, first: bad[first]})
    record_grade(assignment_id=place, reviewer=world.rosa, form=form, at=world.now)
    page = reviewer_home(assistant=world.assistant, user=world.rosa, at=world.now)
    assert (page.graded, page.not_good) == (3, 2)
    assert dict(page.found) == {"Wrong fact": 1, "Incomplete": 1}
