"""Chance that gives the same answer in any order of asking, and the logistic scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Small = npt.NDArray[np.int8]


def logit(share: Floats) -> Floats:
    """The log odds of a share in (0, 1)."""
    return np.asarray(np.log(share) - np.log1p(-share))


def expit(odds: Floats) -> Floats:
    """The share with these log odds."""
    return np.asarray(1 / (1 + np.exp(-odds)))


def uniform(one: npt.ArrayLike, two: npt.ArrayLike, seed: int, salt: int) -> Floats:
    """Uniform in [0, 1) by (one, two): a keyed hash (the finaliser of splitmix64, Steele 2014)."""
    with np.errstate(over="ignore"):
        mixed = (
            np.asarray(one, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
            + np.asarray(two, np.uint64) * np.uint64(0xBF58476D1CE4E5B9)
            + np.uint64(seed * 1000003 + salt)
        )
        mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed = mixed ^ (mixed >> np.uint64(31))
    return np.asarray((mixed >> np.uint64(11)) / float(1 << 53))
