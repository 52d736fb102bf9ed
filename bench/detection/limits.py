"""The figures that detection must reach, at 20 and at 60 graded answers a day.

They were set for the given families (statistics document, section 9). Of our own families, those
of the same nature are held to the same limit; the rest is shown without one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.detection.families import FAMILIES

Bounds = tuple[float | None, float | None]  # at least, at most
SHARE, POINTS, DAYS, RATE, MILLISECONDS = "%", "points", "days", "a year", "ms"
EVERY = tuple(FAMILIES)
EVERYTHING = "all"  # the summary over all families


@dataclass(frozen=True)
class Limit:
    """A figure of the summary, the families it is held to, and its bounds by grades a day."""

    name: str
    figure: str
    families: tuple[str, ...]
    unit: str
    bounds: Mapping[int, Bounds] = field(default_factory=dict)

    def is_reached(self, graded: int, value: float | None) -> bool | None:
        """None without a limit; a figure that could not be measured misses its limit."""
        if graded not in self.bounds:
            return None
        least, most = self.bounds[graded]
        if value is None:
            return False
        return (least is None or value >= least) and (most is None or value <= most)


def _at_least(at_20: float, at_60: float) -> dict[int, Bounds]:
    return {20: (at_20, None), 60: (at_60, None)}


def _at_most(at_20: float, at_60: float) -> dict[int, Bounds]:
    return {20: (None, at_20), 60: (None, at_60)}


_BETWEEN: dict[int, Bounds] = {20: (0.92, 0.98), 60: (0.92, 0.98)}
_NEAR: dict[int, Bounds] = {20: (-0.01, 0.01), 60: (-0.01, 0.01)}
_OWN_DROPS = ("small_drop", "abrupt_quiet", "recovered")
_DROPS_AT_RELEASE = ("small_drop", "recovered")
_HARMLESS = ("mix_shift", "reviewer_shift", "definition_change", "flag_storm", "drift_harmless")
_ABRUPT = ("abrupt_large", "segment", *_OWN_DROPS)
_FOUND, _DELAY = "drop found", "median delay"
_RELEASE, _WIDTH = "right release named", "median width of the onset range"

LIMITS = (
    Limit("weekly 95 % range holds the truth", "wk_cover", EVERY, SHARE, _BETWEEN),
    Limit("bias of the weekly rate", "wk_bias", EVERY, POINTS, _NEAR),
    Limit("half width of the weekly range", "wk_half", EVERY, POINTS, _at_most(0.09, 0.053)),
    Limit("false incidents a year", "false_per_year", ("null",), RATE, _at_most(1.2, 1.2)),
    Limit("alert provoked by harmless event", "provoked", _HARMLESS, SHARE, _at_most(0.15, 0.15)),
    Limit(_FOUND, "detected", ("abrupt_large",), SHARE, _at_least(0.97, 0.98)),
    Limit(_FOUND, "detected", ("gradual",), SHARE, _at_least(0.93, 0.98)),
    Limit(_FOUND, "detected", ("segment",), SHARE, _at_least(0.70, 0.97)),
    Limit(_FOUND, "detected", _OWN_DROPS, SHARE),
    Limit(_DELAY, "delay_days", ("abrupt_large",), DAYS, _at_most(6, 3)),
    Limit(_DELAY, "delay_days", ("gradual",), DAYS, _at_most(20, 15)),
    Limit(_DELAY, "delay_days", ("segment",), DAYS, _at_most(23, 8)),
    Limit(_DELAY, "delay_days", _OWN_DROPS, DAYS),
    Limit("right kind named", "segment_right", ("segment",), SHARE, _at_least(0.75, 0.95)),
    Limit("onset range holds the onset", "onset_cover", _ABRUPT, SHARE, _at_least(0.93, 0.93)),
    Limit(_WIDTH, "onset_width", ("abrupt_large",), DAYS, _at_most(15, 4)),
    Limit(_WIDTH, "onset_width", ("segment", *_OWN_DROPS), DAYS),
    Limit(_RELEASE, "release_right", ("abrupt_large",), SHARE, _at_least(0.68, 0.88)),
    Limit(_RELEASE, "release_right", ("segment", *_DROPS_AT_RELEASE), SHARE),
    Limit(
        "no release named when none did it",
        "release_right",
        ("gradual", "abrupt_quiet"),
        SHARE,
        _at_least(0.83, 0.93),
    ),
    Limit("replay of all days", "replay_ms", (EVERYTHING,), MILLISECONDS, _at_most(1000, 1000)),
    Limit("replay / its days", "evaluation_ms", (EVERYTHING,), MILLISECONDS, _at_most(20, 20)),
)
