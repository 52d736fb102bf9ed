"""What can happen in a stream: each family is one story, and says whether an alert is right."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Family:
    """One story. It begins on a random day from 35 to 49, at a release if `at_release`.

    `drop` is added to the share of bad answers (0.12 = 12 points), at once or over `ramp` days, in
    one `kind` or all; a release ends it after `lasts` days (from, to; the latter excluded).
    `signal`: answers become shorter and refuse more often. `flags`: agents flag so many times as
    often. `mix`: the hardest kind grows. `roster`: three strict reviewers replace three others.
    `definition`: a stricter definition. None of these five makes an answer worse.
    """

    is_regression: bool
    drop: float = 0.0
    ramp: int | None = None
    at_release: bool = False
    kind: str | None = None
    lasts: tuple[int, int] | None = None
    signal: bool = False
    mix: bool = False
    roster: bool = False
    flags: float = 1.0
    definition: bool = False

    @property
    def has_event(self) -> bool:
        """Whether anything happens at all, good or bad."""
        return self != Family(is_regression=False)

    @property
    def events(self) -> list[str]:
        """The visible events beside a drop, as the truth file names them."""
        happens = {
            "signal": self.signal,
            "mix": self.mix,
            "roster": self.roster,
            "flags": self.flags != 1,
            "definition": self.definition,
        }
        return [name for name, does in happens.items() if does]


# The families for which limits were set.
GIVEN: dict[str, Family] = {
    "null": Family(is_regression=False),
    "abrupt_large": Family(is_regression=True, drop=0.12, at_release=True),
    "gradual": Family(is_regression=True, drop=0.12, ramp=21),
    "segment": Family(is_regression=True, drop=0.30, at_release=True, kind="refunds"),
    "mix_shift": Family(is_regression=False, mix=True),
    "reviewer_shift": Family(is_regression=False, roster=True),
    "definition_change": Family(is_regression=False, definition=True),
}
# Ours, so that the detector is not tuned to those seven.
OWN: dict[str, Family] = {
    "small_drop": Family(is_regression=True, drop=0.08, at_release=True),
    "abrupt_quiet": Family(is_regression=True, drop=0.12),
    "recovered": Family(is_regression=True, drop=0.12, at_release=True, lasts=(14, 15)),
    "flag_storm": Family(is_regression=False, flags=3.0),
    "drift_harmless": Family(is_regression=False, at_release=True, signal=True),
}
FAMILIES: dict[str, Family] = GIVEN | OWN
