"""How the demo's reviewers grade: each sees the same truth, each a little differently."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from portal.demo.content.shape import CRITERIA, Criterion
from portal.demo.dice import dice
from portal.demo.facts import Standing, Truth

CANNOT_JUDGE = 0.008
REASONS: Mapping[Criterion, str] = {
    "correct": "wrong_fact",
    "sourced": "not_in_source",
    "complete": "incomplete",
    "tone": "rude_unsafe",
}
DOUBTS: Mapping[Criterion, tuple[str, ...]] = {
    "correct": ("I read the page differently.", "Is this still right? I don't think so."),
    "sourced": ("Can't find this in the passages.", "Which passage is that from?"),
    "complete": ("I'd have to ask again.", "Misses what they should do next.", "Too thin for me."),
    "tone": ("Reads a bit cold.", "Not how we'd say it."),
}
PRAISE = ("Good one, could be an example.", "Nicely put.", "Long, but everything is there.")
PARTLY_NOTES: Mapping[Criterion, tuple[str, ...]] = {
    "correct": ("Small slip, ends well though.",),
    "sourced": ("Side remark isn't in a passage.",),
    "complete": ("A link would have helped.", "Short. Just enough."),
    "tone": ("A bit brisk.", "Chatty."),
}


@dataclass(frozen=True)
class Reviewer:
    """One reviewer's habits. `doubts`: where they are strict, most often first."""

    email: str
    false_fail: float
    missed_fail: float
    seconds: int
    talks: float
    doubts: tuple[Criterion, ...]


REVIEWERS = (
    Reviewer("mina@acorn.example", 0.030, 0.17, 38, 0.25, ("complete", "tone")),
    Reviewer("theo@acorn.example", 0.085, 0.08, 61, 0.60, ("complete", "sourced", "correct")),
    Reviewer("isla@acorn.example", 0.040, 0.12, 44, 0.40, ("complete", "sourced")),
    Reviewer("owen@acorn.example", 0.050, 0.14, 52, 0.15, ("tone", "complete")),
)
LEAD = Reviewer("ada@acorn.example", 0.015, 0.03, 70, 0.70, ("complete",))
"""Ada settles what two reviewers see differently."""


@dataclass(frozen=True)
class Judgement:
    """A filled form: a level for each criterion (None is "can't judge"), and why it fails."""

    levels: Mapping[Criterion, Standing | None]
    went_wrong: Mapping[Criterion, str]
    note: str
    seconds: int

    @property
    def reason(self) -> str:
        """What went wrong in the first criterion that fails; empty when none does."""
        return next(iter(self.went_wrong.values()), "")


def reviewer_dice(seed: int, conversation_id: str, answer_index: int, reviewer: Reviewer) -> Random:
    """This reviewer's own chance for this answer: grading again gives the same grade."""
    return dice(seed, conversation_id, answer_index, reviewer.email)


def _seconds(truth: Truth, reviewer: Reviewer, rng: Random) -> int:
    usual = reviewer.seconds * (1.0 if truth.is_good else 1.25)
    return max(6, min(900, round(usual * rng.lognormvariate(0, 0.42))))


def _one_partly(levels: dict[Criterion, Standing], rng: Random) -> dict[Criterion, Standing]:
    """The levels with at most one partly met: whoever sees nothing wrong sees little amiss."""
    partly = [criterion for criterion in CRITERIA if levels[criterion] == "partly"]
    for criterion in partly[1:]:
        levels[criterion] = "meets"
    if not partly and rng.random() < 0.05:
        levels[rng.choice(("complete", "tone"))] = "partly"
    return levels


def _sees_good(truth: Truth, rng: Random) -> dict[Criterion, Standing]:
    levels = dict(truth.levels)
    if truth.failed is not None:
        levels = dict.fromkeys(CRITERIA, "meets")
        levels[truth.failed] = "partly" if rng.random() < 0.55 else "meets"
    elif rng.random() < 0.3:
        levels = dict.fromkeys(CRITERIA, "meets")
    return _one_partly(levels, rng)


def _sees_bad(
    truth: Truth, reviewer: Reviewer, rng: Random
) -> tuple[dict[Criterion, Standing], dict[Criterion, str]]:
    """The levels and what went wrong, for a reviewer who fails this answer."""
    levels = dict(truth.levels)
    if truth.failed is None:
        weights = range(len(reviewer.doubts), 0, -1)
        doubt = rng.choices(reviewer.doubts, weights=weights)[0]
        levels[doubt] = "fails"
        return levels, {doubt: REASONS[doubt]}
    went_wrong = {truth.failed: truth.reason}
    harsh = rng.random() < 2 * reviewer.false_fail
    if harsh and levels["sourced"] == "partly" and truth.reason == "contradicts_source":
        levels["sourced"] = "fails"
        went_wrong["sourced"] = "contradicts_source"
    return levels, went_wrong


def _note(
    truth: Truth,
    levels: Mapping[Criterion, Standing | None],
    went_wrong: Mapping[Criterion, str],
    reviewer: Reviewer,
    rng: Random,
) -> str:
    """Mostly nothing; else what this reviewer would write. "Something else" always has words."""
    must = "something_else" in went_wrong.values()
    if went_wrong and truth.failed is not None:
        own = truth.notes[sum(map(ord, reviewer.email)) % len(truth.notes)]
        return own if must or rng.random() < reviewer.talks else ""
    if went_wrong:
        doubted = next(iter(went_wrong))
        return rng.choice(DOUBTS[doubted]) if rng.random() < reviewer.talks else ""
    partly = [criterion for criterion in CRITERIA if levels[criterion] == "partly"]
    if partly and rng.random() < 0.4 * reviewer.talks:
        return rng.choice(PARTLY_NOTES[partly[0]])
    return rng.choice(PRAISE) if rng.random() < 0.03 * reviewer.talks else ""


def judge(truth: Truth, reviewer: Reviewer, rng: Random) -> Judgement:
    """What this reviewer makes of an answer; pass `reviewer_dice` to get the same twice."""
    seconds = _seconds(truth, reviewer, rng)
    wrongly = rng.random() < (reviewer.false_fail if truth.is_good else reviewer.missed_fail)
    went_wrong: dict[Criterion, str] = {}
    levels: dict[Criterion, Standing | None]
    if truth.is_good != wrongly:
        levels = {**_sees_good(truth, rng)}
        if rng.random() < CANNOT_JUDGE:
            levels["sourced"] = None
            return Judgement(levels, {}, "Can't tell from these passages.", seconds)
    else:
        failing, went_wrong = _sees_bad(truth, reviewer, rng)
        levels = {**failing}
    note = _note(truth, levels, went_wrong, reviewer, rng)
    return Judgement(levels, went_wrong, note, seconds)
