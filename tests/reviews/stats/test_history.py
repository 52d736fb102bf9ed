"""What was known when: nothing later is seen, newest grades count, gold is blind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reviews.stats.drift import Signal
from reviews.stats.history import (
    DECISION,
    FIRST,
    NEVER,
    SECOND,
    FlagLog,
    GradeLog,
    History,
    SampledAnswers,
)
from reviews.stats.replay import FINAL_AFTER, replay

GOOD, BAD = False, True


def history(
    grades: list[tuple[int, int, bool, int, int]], *, flagged_on: list[int] | None = None
) -> History:
    """Answers 0.. on day 10, one kind; each grade: answer, reviewer, failed, place, known."""
    count = 1 + max(grade[0] for grade in grades)
    return History(
        first=10,
        last=30,
        kinds=["Returns"],
        reviewers=["a", "b", "lead"],
        sampled=SampledAnswers(
            day=np.full(count, 10),
            kind=np.zeros(count, np.int64),
            drawn=np.ones(count, bool),
            weight=np.full(count, 4.0),
            flagged_on=np.array(flagged_on or [NEVER] * count),
        ),
        grades=GradeLog(
            answer=np.array([grade[0] for grade in grades]),
            reviewer=np.array([grade[1] for grade in grades]),
            version=np.ones(len(grades), np.int64),
            failed=np.array([grade[2] for grade in grades]),
            place=np.array([grade[3] for grade in grades]),
            known=np.array([grade[4] for grade in grades]),
        ),
        flags=FlagLog(np.array([10]), np.array([0]), np.array([15])),
        answers_by_day=np.full((21, 1), 100.0),
    )


def test_late_grades_are_seen_from_the_day_they_came() -> None:
    late = history([(0, 0, BAD, FIRST, 12), (1, 0, GOOD, FIRST, 14)])
    assert [late.graded_as_of(day)[0].graded for day in (11, 12, 13, 14)] == [0, 1, 1, 2]


def test_answers_that_wait_and_no_grade_at_all_are_nothing_graded() -> None:
    waiting = history([(0, 0, BAD, FIRST, 12)])
    none = GradeLog(*(getattr(waiting.grades, name)[:0] for name in GradeLog.__dataclass_fields__))
    answers, gold = replace(waiting, grades=none).graded_as_of(20)
    assert (len(answers), len(gold)) == (0, 0)
    assert replay(replace(waiting, grades=none)).alerts == []


def test_a_second_thought_supersedes_the_first() -> None:
    twice = history([(0, 0, BAD, FIRST, 12), (0, 0, GOOD, FIRST, 16)])
    assert twice.graded_as_of(15)[0].failed.tolist() == [True]
    assert twice.graded_as_of(16)[0].failed.tolist() == [False]
    assert twice.graded_as_of(16)[0].graded == 1


def test_two_who_agree_make_gold_and_two_who_differ_wait_for_the_lead() -> None:
    log = history(
        [
            (0, 0, BAD, FIRST, 11), (0, 1, BAD, SECOND, 12),
            (1, 0, BAD, FIRST, 11), (1, 1, GOOD, SECOND, 12), (1, 2, GOOD, DECISION, 14),
        ]
    )  # fmt: skip
    assert log.graded_as_of(11)[0].gold.tolist() == [-1, -1]
    answers, gold = log.graded_as_of(12)
    assert answers.gold.tolist() == [1, -2]
    assert gold.waits.tolist() == [False, True, False, True]
    assert len(gold.decided()) == 2
    assert (gold.rates(0, 20).decided, gold.rates(0, 20).waiting) == (0.0, 1.0)
    answers, gold = log.graded_as_of(14)
    assert answers.gold.tolist() == [1, 0]
    assert answers.failed.tolist() == [True, True]
    assert sorted(zip(gold.reviewer.tolist(), gold.failed.tolist(), gold.not_good.tolist(),
                      strict=True)) == [
        (0, True, False), (0, True, True), (1, False, False), (1, True, True),
    ]  # fmt: skip


def test_a_decision_on_an_answer_graded_once_is_no_gold() -> None:
    """After an appeal, or by somebody who saw the first grade: not blind."""
    log = history([(0, 0, BAD, FIRST, 11), (0, 2, GOOD, DECISION, 12)])
    answers, gold = log.graded_as_of(20)
    assert answers.gold.tolist() == [-1]
    assert answers.failed.tolist() == [True]
    assert len(gold) == 0


def test_a_decision_on_an_answer_nobody_could_grade_is_its_first_grade() -> None:
    answers, _ = history([(0, 2, BAD, DECISION, 12)]).graded_as_of(20)
    assert (answers.failed.tolist(), answers.reviewer.tolist()) == ([True], [2])


def test_flags_count_from_the_day_they_are_known() -> None:
    log = history([(0, 0, BAD, FIRST, 11)], flagged_on=[15])
    assert [bool(log.graded_as_of(day)[0].flagged[0]) for day in (14, 15)] == [False, True]
    assert log.traffic_as_of(14).flagged.sum() == 0
    assert log.traffic_as_of(15).flagged.sum() == 1
    assert log.traffic_as_of(14).day.max() == 14


def made(drop_on: int | None, days: int = 70) -> History:
    """Forty grades a day, graded the next day, with six signals that follow quality."""
    rng = np.random.default_rng(11)
    day = np.repeat(np.arange(days), 40)
    size = len(day)
    worse = day >= (days if drop_on is None else drop_on)
    failed = rng.random(size) < np.where(worse, 0.35, 0.1)
    bad_share = np.where(np.arange(days) >= (days if drop_on is None else drop_on), 0.35, 0.1)
    signals = [
        Signal(f"s{n}", rng.binomial(800, 0.05 + 0.1 * bad_share).astype(float)[:, None],
               np.full((days, 1), 800.0), True)
        for n in range(5)
    ]  # fmt: skip
    return History(
        first=0,
        last=days - 1,
        kinds=["all"],
        reviewers=["a", "b"],
        sampled=SampledAnswers(
            day, np.zeros(size, np.int64), np.ones(size, bool), np.full(size, 20.0),
            np.full(size, NEVER),
        ),
        grades=GradeLog(
            np.arange(size), np.arange(size) % 2, np.ones(size, np.int64), failed,
            np.full(size, FIRST), day + 1,
        ),
        flags=FlagLog(*(np.zeros(0, np.int64) for _ in range(3))),
        answers_by_day=np.full((days, 1), 800.0),
        releases=[20, 50],
        signals=signals,
    )  # fmt: skip


def test_a_replay_tells_of_the_drop_its_day_and_its_release() -> None:
    said = replay(made(50))
    assert len(said.alerts) == 1
    alert = said.alerts[0]
    assert 50 < alert.raised <= 54
    assert alert.settled.low <= 50 <= alert.settled.high
    assert alert.settled.release == 50
    assert len(said.sights) == 70
    assert len(said.weekly) == 10


def test_a_quiet_history_is_quiet() -> None:
    assert replay(made(None)).alerts == []


def test_the_future_changes_nothing_that_was_said() -> None:
    whole = made(50)
    until = 56
    cut = replace(
        whole,
        last=until,
        answers_by_day=whole.answers_by_day[: until + 1],
        signals=[
            Signal(one.name, one.total[: until + 1], one.answers[: until + 1], True)
            for one in whole.signals
        ],
    )
    first, second = replay(whole), replay(cut)
    assert [one.evidence for one in second.sights] == pytest.approx(
        [one.evidence for one in first.sights[: until + 1]]
    )
    assert [one.raised for one in second.alerts] == [one.raised for one in first.alerts]


def test_a_week_is_final_ten_days_after_its_end() -> None:
    whole = made(None)
    late = replace(whole, grades=replace(whole.grades, known=whole.grades.known + FINAL_AFTER + 7))
    weeks = replay(late).weekly
    assert weeks[0].estimate is None
    assert replay(whole).weekly[0].estimate is not None
