"""The detector: its parts against plain sums, what it must see, what it must not."""

from __future__ import annotations

import numpy as np
import pytest

from reviews.stats.counts import VerdictCounts, count_verdicts
from reviews.stats.detector import (
    KIND,
    RAMP,
    SIZES,
    STEP,
    alarm_line,
    is_warm,
    weigh,
)
from reviews.stats.null_model import fit
from tests.reviews.stats.made import all_alike, grades


def plain_likelihood_ratio(counts: VerdictCounts, onset: int, kind: int | None = None) -> float:
    """Steps 1 to 3 of STATISTICS section 3 with loops, for a step on one day."""
    model = fit(counts)
    residual = second = third = fourth = 0.0
    explained = np.zeros(len(model.effects))
    for row in range(len(counts)):
        if counts.day[row] < onset or (kind is not None and counts.kind[row] != kind):
            continue
        group = model.group[row]
        p, n = model.probability[group], counts.graded[row]
        v = p * (1 - p)
        residual += counts.failed[row] - n * p
        second += n * v
        third += n * v * (1 - 2 * p)
        fourth += n * v * (1 - 6 * v)
        for column in (0, *model.columns[group]):
            explained[column] += n * v
    rho = max(0.0, float(second - explained @ model.covariance @ explained)) / second
    return float(
        np.mean(
            [
                np.exp(
                    d * residual - rho * (d**2 * second / 2 + d**3 * third / 6 + d**4 * fourth / 24)
                )
                for d in SIZES
            ]
        )
    )


def test_a_likelihood_ratio_is_what_the_formula_says() -> None:
    counts = grades(40, 15, lambda day, kind, who: 0.1 + 0.1 * (day >= 30), seed=8)
    evidence = weigh(counts, today=39)
    assert evidence is not None
    for onset in (12, 30, 39):
        place = evidence.onsets.tolist().index(onset)
        assert evidence.step[place] == pytest.approx(STEP * plain_likelihood_ratio(counts, onset))
        one_kind = KIND / 4 * plain_likelihood_ratio(counts, onset, kind=2)
        assert evidence.kinds[2][place] == pytest.approx(one_kind)


def test_the_evidence_is_about_one_a_day_when_nothing_changes() -> None:
    """With one unit of prior a day, S minus elapsed days is a martingale under no change."""
    totals = [
        found.total
        for seed in range(60)
        if (found := weigh(grades(40, 20, lambda *_: 0.12, seed=seed), today=39))
    ]
    assert np.median(totals) < 40
    assert np.mean(np.array(totals) > alarm_line()) < 0.06


def test_a_drop_over_all_kinds_is_found_and_points_at_all() -> None:
    counts = grades(50, 40, lambda day, kind, who: 0.1 + 0.2 * (day >= 42), seed=2)
    evidence = weigh(counts, today=49)
    assert evidence is not None
    assert evidence.total > alarm_line()
    assert evidence.scope is None
    assert abs(evidence.best_day - 42) <= 2


def test_a_drop_in_one_kind_names_it() -> None:
    counts = grades(50, 40, lambda day, kind, who: 0.1 + 0.4 * (day >= 40 and kind == 3), seed=2)
    evidence = weigh(counts, today=49)
    assert evidence is not None
    assert evidence.total > alarm_line()
    assert evidence.scope == 3


def test_new_strict_reviewers_are_explained_by_the_model() -> None:
    """The same answers, graded from day 40 on by two people who fail twice as many."""

    def chance(day: int, kind: int, who: int) -> float:
        return 0.12

    before = grades(40, 30, chance, reviewers=2, seed=4)
    after = grades(12, 30, lambda *_: 0.24, reviewers=2, seed=5)
    counts = type(before)(
        day=np.concatenate([before.day, after.day + 40]),
        kind=np.concatenate([before.kind, after.kind]),
        reviewer=np.concatenate([before.reviewer, after.reviewer + 10]),
        version=np.concatenate([before.version, after.version]),
        graded=np.concatenate([before.graded, after.graded]),
        failed=np.concatenate([before.failed, after.failed]),
    )
    same_people = weigh(
        type(counts)(
            counts.day,
            counts.kind,
            counts.reviewer % 10,
            counts.version,
            counts.graded,
            counts.failed,
        ),
        today=51,
    )
    new_people = weigh(counts, today=51)
    assert new_people is not None
    assert same_people is not None
    assert new_people.total < alarm_line() < same_people.total


def test_a_stricter_definition_is_explained_by_the_model() -> None:
    counts = grades(
        52, 30, lambda day, kind, who: 0.12 if day < 40 else 0.24, seed=6, version_from=40
    )
    evidence = weigh(counts, today=51)
    assert evidence is not None
    assert evidence.total < alarm_line()


def test_a_change_of_mix_is_explained_by_the_model() -> None:
    rng = np.random.default_rng(3)
    day = np.repeat(np.arange(52), 30)
    hard = rng.random(len(day)) < np.where(day < 40, 0.1, 0.6)
    failed = rng.random(len(day)) < np.where(hard, 0.35, 0.08)
    same = np.zeros(len(day), np.int64)
    counts = count_verdicts(
        day=day, kind=hard.astype(int), reviewer=same, version=same, failed=failed
    )
    evidence = weigh(counts, today=51)
    assert evidence is not None
    assert evidence.total < alarm_line()


def test_a_new_kind_has_hypotheses_of_its_own_only_from_forty_grades() -> None:
    few = grades(39, 1, lambda *_: 0.1, kinds=1)
    many = grades(60, 20, lambda *_: 0.1, kinds=3, seed=2)
    counts = type(few)(
        day=np.concatenate([few.day, many.day]),
        kind=np.concatenate([few.kind + 7, many.kind]),
        reviewer=np.concatenate([few.reviewer, many.reviewer]),
        version=np.concatenate([few.version, many.version]),
        graded=np.concatenate([few.graded, many.graded]),
        failed=np.concatenate([few.failed, many.failed]),
    )
    evidence = weigh(counts, today=59)
    assert evidence is not None
    assert sorted(evidence.kinds) == [0, 1, 2]


def test_kinds_share_one_mass_and_with_one_kind_the_step_has_it() -> None:
    one = weigh(grades(30, 10, lambda *_: 0.1, kinds=1), today=29)
    assert one is not None
    assert one.kinds == {}
    last = one.onsets.tolist().index(29)
    lone = weigh(grades(30, 10, lambda *_: 0.1, kinds=1), today=29, day_weight=2.0)
    assert lone is not None
    assert lone.step[last] == pytest.approx(2 * one.step[last])
    assert pytest.approx(1.0) == STEP + RAMP + KIND


@pytest.mark.parametrize("failed", [False, True], ids=["all good", "all bad"])
def test_all_alike_is_no_alarm(failed: bool) -> None:
    evidence = weigh(all_alike(40, 20, failed=failed), today=39)
    assert evidence is not None
    assert np.isfinite(evidence.total)
    assert evidence.total < alarm_line()


def test_no_grades_is_no_evidence() -> None:
    nothing = all_alike(3, 1, failed=False).since(9)
    assert weigh(nothing, today=9) is None
    assert not is_warm(nothing, today=40, since=0)


def test_it_warms_up_for_fourteen_days_and_120_grades() -> None:
    assert not is_warm(grades(14, 30, lambda *_: 0.1), today=13, since=0)
    assert is_warm(grades(15, 30, lambda *_: 0.1), today=14, since=0)
    assert not is_warm(grades(30, 3, lambda *_: 0.1), today=29, since=0)
    assert is_warm(grades(30, 4, lambda *_: 0.1), today=29, since=0)


def test_a_rise_is_seen_looking_the_other_way() -> None:
    counts = grades(50, 40, lambda day, kind, who: 0.3 - 0.2 * (day >= 38), seed=3)
    worse = weigh(counts, today=49)
    better = weigh(counts, today=49, direction="better")
    assert worse is not None
    assert better is not None
    assert better.total > alarm_line() > worse.total


def test_twice_the_budget_is_half_the_line() -> None:
    assert alarm_line(2.0) == alarm_line() / 2
    with pytest.raises(ValueError, match="above 0"):
        alarm_line(0)
