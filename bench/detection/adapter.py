"""A simulated stream as the history that the product's replay takes, and its answer as a file."""

from __future__ import annotations

import numpy as np

from bench.detection.chance import Floats, uniform
from bench.detection.reviewers import RANDOM, Graded
from bench.detection.scoring import Alert, Dating, Output, Week
from bench.detection.shapes import KINDS, Stream
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
from reviews.stats.onset import Onset
from reviews.stats.replay import replay


def flagged_on(stream: Stream) -> np.typing.NDArray[np.int64]:
    """For each conversation the day on which it is known as bad: a thumb at once, an agent's flag
    0 to 2 days later, NEVER."""
    columns = stream.columns
    late = (uniform(np.arange(len(stream)), 1, stream.seed, 5) * 3).astype(np.int64)
    by_agent = np.where(columns.agent, columns.day + late, NEVER)
    result: np.typing.NDArray[np.int64] = np.where(columns.down, columns.day, by_agent)
    return result


def _by_day(stream: Stream, values: Floats | None = None) -> Floats:
    columns, kinds = stream.columns, len(KINDS)
    place = columns.day.astype(np.int64) * kinds + columns.kind
    sums = np.bincount(place, weights=values, minlength=stream.days * kinds)
    return sums.astype(np.float64).reshape(stream.days, kinds)


def signals(stream: Stream, flagged: np.typing.NDArray[np.int64]) -> list[Signal]:
    """The cheap signals of all traffic."""
    columns, answers = stream.columns, _by_day(stream)
    by_agent = np.flatnonzero(columns.agent)
    late = (uniform(by_agent, 1, stream.seed, 5) * 3).astype(np.int64)
    day = columns.day[by_agent] + late
    place = day * len(KINDS) + columns.kind[by_agent]
    place = place[day < stream.days]
    flags = np.bincount(place, minlength=answers.size).astype(np.float64).reshape(answers.shape)
    return [
        Signal("escalated", _by_day(stream, columns.escalated.astype(float)), answers, True),
        Signal("did not answer", _by_day(stream, columns.refused.astype(float)), answers, True),
        Signal("thumbs down", _by_day(stream, columns.down.astype(float)), answers, True),
        Signal("flagged", flags, answers, True),
        Signal("passage score", _by_day(stream, columns.score), answers, False, True),
        Signal("length", _by_day(stream, np.log(columns.length)), answers, False),
    ]


def history(stream: Stream, graded: Graded) -> History:
    """Everything with the day on which it became known."""
    known_bad = flagged_on(stream)
    marked = np.flatnonzero(known_bad < NEVER)
    columns = stream.columns
    drawn = graded.source == RANDOM
    number = np.arange(len(graded))
    twice = np.flatnonzero(graded.second >= 0)
    decided = twice[graded.failed[twice] != graded.second_failed[twice]]
    lead = np.full(len(decided), len(stream.reviewers) - 1)
    parts = (
        (number, graded.reviewer, graded.failed, FIRST),
        (twice, graded.second[twice], graded.second_failed[twice], SECOND),
        (decided, lead, graded.gold[decided] == 1, DECISION),
    )
    answer = np.concatenate([one[0] for one in parts])
    return History(
        first=0,
        last=stream.days - 1,
        kinds=KINDS,
        reviewers=[one.id for one in stream.reviewers],
        sampled=SampledAnswers(
            day=graded.day.astype(np.int64),
            kind=graded.kind.astype(np.int64),
            drawn=drawn,
            weight=np.where(drawn, 1 / np.where(drawn, graded.chance, 1.0), 0.0),
            flagged_on=known_bad[graded.row],
        ),
        grades=GradeLog(
            answer=answer,
            reviewer=np.concatenate([one[1] for one in parts]),
            version=graded.definition[answer].astype(np.int64),
            failed=np.concatenate([one[2] for one in parts]).astype(bool),
            place=np.concatenate([np.full(len(one[0]), one[3]) for one in parts]),
            known=graded.arrives[answer].astype(np.int64),
        ),
        flags=FlagLog(
            day=columns.day[marked].astype(np.int64),
            kind=columns.kind[marked].astype(np.int64),
            known=known_bad[marked],
        ),
        answers_by_day=_by_day(stream),
        releases=[one.day for one in stream.releases],
        signals=signals(stream, known_bad),
    )


def _dating(stream: Stream, kind: int | None, onset: Onset) -> Dating:
    named = [one.id for one in stream.releases if one.day == onset.release]
    return {
        "segment": None if kind is None else KINDS[kind],
        "release_id": named[-1] if named else None,
        "onset_low": stream.date(onset.low),
        "onset_high": stream.date(onset.high),
        "onset_best": stream.date(onset.best),
    }


def run(stream: Stream, graded: Graded) -> Output:
    """What the product says about the stream, in the form of output.json."""
    said = replay(history(stream, graded))
    alerts: list[Alert] = [
        {
            "raised_on": stream.date(one.raised),
            "kind": "quality",
            **_dating(stream, one.kind, one.onset),
            "final": _dating(stream, one.settled_kind, one.settled),
        }
        for one in said.alerts
    ]
    alerts += [
        {"raised_on": stream.date(day), "kind": "drift"} for day in {one.day for one in said.drift}
    ]
    weekly: list[Week] = [
        {
            "week_start": stream.date(one.first),
            "pass_rate": one.estimate.good,
            "low": one.estimate.low,
            "high": one.estimate.high,
            "n": one.estimate.graded,
        }
        for one in said.weekly
        if one.estimate is not None
    ]
    return {"alerts": alerts, "weekly": weekly}
