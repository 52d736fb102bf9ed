"""A measured figure beside its limit."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One figure; without a limit it is for information."""

    name: str
    figure: str
    limit: str = ""
    is_reached: bool = True

    def __str__(self) -> str:
        verdict = "" if not self.limit else "ok" if self.is_reached else "NOT REACHED"
        return f"{self.name:<58} {self.figure:>18}   {self.limit:<10} {verdict}"
