"""Ordinary teams: how many answers they grade twice, how many differing pairs they decide."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bench.detection.adapter import history
from bench.detection.chance import uniform
from bench.detection.reviewers import FLAGGED, Graded, sample_and_grade
from bench.detection.shapes import Stream
from reviews.stats.history import DECISION, GradeLog, History

SALT_DECIDED = 77


@dataclass(frozen=True)
class Team:
    """`reviewers` people beside the lead; a share `twice` of answers goes to two of them, of the
    flagged ones too if `flagged_twice`; the lead decides a share `decided` of the differing pairs.
    `family` is the story of the stream that they grade (bench.detection.families)."""

    family: str = "null"
    reviewers: int = 7
    twice: float = 1 / 6
    flagged_twice: bool = True
    decided: float = 1.0


TEAMS: dict[str, Team] = {
    "as the product asks": Team(),
    "half of the pairs decided": Team(decided=0.5),
    "a quarter decided": Team(decided=0.25),
    "no pair decided": Team(decided=0.0),
    "one reviewer": Team(reviewers=1, twice=0.0),
    "two reviewers": Team(reviewers=2),
    "three of seven replaced": Team(family="reviewer_shift"),
    "12 points worse": Team(family="abrupt_large"),
    "one kind worse": Team(family="segment"),
    "more flags": Team(family="flag_storm"),
    "flagged graded once": Team(flagged_twice=False),
}


def graded_by(team: Team, stream: Stream, per_day: int) -> History:
    """What the product knows of the stream after this team has graded so many answers a day."""
    graded = sample_and_grade(stream, per_day, double=team.twice)
    if not team.flagged_twice:
        graded = _once(graded, graded.source == FLAGGED)
    known = history(stream, graded)
    log = known.grades
    luck = uniform(log.answer, 3, stream.seed, SALT_DECIDED)
    keep = (log.place != DECISION) | (luck < team.decided)
    return replace(known, grades=_where(log, keep))


def _once(graded: Graded, which: np.ndarray) -> Graded:
    return replace(
        graded,
        second=np.where(which, -1, graded.second),
        gold=np.where(which, -1, graded.gold),
    )


def _where(log: GradeLog, keep: np.ndarray) -> GradeLog:
    return GradeLog(
        answer=log.answer[keep],
        reviewer=log.reviewer[keep],
        version=log.version[keep],
        failed=log.failed[keep],
        place=log.place[keep],
        known=log.known[keep],
    )
