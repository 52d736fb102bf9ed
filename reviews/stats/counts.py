"""The detector's data: verdicts of randomly chosen answers, counted by what they have in common.

One row for each day x kind x reviewer x version of the definition. A day is a whole number (days
since any origin); kinds, reviewers and versions are whole numbers too, names stay outside.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LARGEST_KINDS = 12
THE_REST = -1


@dataclass(frozen=True)
class VerdictCounts:
    """First grades of the random part. All arrays have one length; `failed` <= `graded`."""

    day: Ints
    kind: Ints
    reviewer: Ints
    version: Ints
    graded: Floats
    failed: Floats

    def __len__(self) -> int:
        return len(self.day)

    @property
    def total(self) -> int:
        """How many grades there are."""
        return int(self.graded.sum())

    def where(self, keep: NDArray[np.bool_]) -> VerdictCounts:
        """The rows that `keep` is true for."""
        return VerdictCounts(*(getattr(self, one.name)[keep] for one in fields(self)))

    def since(self, first: int) -> VerdictCounts:
        """The rows from a day on."""
        return self.where(self.day >= first)


def count_verdicts(
    *,
    day: Ints,
    kind: Ints,
    reviewer: Ints,
    version: Ints,
    failed: NDArray[np.bool_],
    n: Ints | None = None,
) -> VerdictCounts:
    """Count grades, `n` alike an entry (one by default), into rows that differ.

    >>> one = np.array([1, 1, 2])
    >>> same = np.zeros(3, int)
    >>> counts = count_verdicts(day=one, kind=same, reviewer=same, version=same,
    ...                         failed=np.array([True, False, True]))
    >>> counts.day.tolist(), counts.graded.tolist(), counts.failed.tolist()
    ([1, 2], [2.0, 1.0], [1.0, 1.0])
    """
    parts = [np.unique(one, return_inverse=True) for one in (day, kind, reviewer, version)]
    # One number a row: far quicker to sort than rows of four.
    code = np.zeros(len(day), np.int64)
    for values, inverse in parts:
        code = code * max(len(values), 1) + inverse.reshape(-1)
    _, first, place = np.unique(code, return_index=True, return_inverse=True)
    size = len(first)
    times = np.ones(len(place)) if n is None else n.astype(np.float64)
    graded = np.bincount(place, weights=times, minlength=size).astype(np.float64)
    fails = np.bincount(place, weights=times * failed, minlength=size).astype(np.float64)
    return VerdictCounts(
        day=day.astype(np.int64)[first],
        kind=kind.astype(np.int64)[first],
        reviewer=reviewer.astype(np.int64)[first],
        version=version.astype(np.int64)[first],
        graded=graded,
        failed=fails,
    )


def group_small_kinds(counts: VerdictCounts, most: int = LARGEST_KINDS) -> VerdictCounts:
    """Put all but the `most` kinds with the most grades under one code, THE_REST."""
    codes, place = np.unique(counts.kind, return_inverse=True)
    if len(codes) <= most:
        return counts
    size = np.bincount(place, weights=counts.graded)
    small = codes[np.argsort(-size, kind="stable")[most:]]
    return replace(counts, kind=np.where(np.isin(counts.kind, small), THE_REST, counts.kind))
