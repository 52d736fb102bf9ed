"""Which model, prompt and help centre were running at a moment of the story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from portal.demo.cast import content, month_before
from portal.demo.timeline import BROKEN_AT, REPAIRED_AFTER, REPAIRED_AT, Timeline

STILL_LIMITED = {"Sizing & fit", "Account & login"}


@dataclass(frozen=True)
class Versions:
    """What was running when an answer was made."""

    model: str
    prompt: str
    content: str

    def limits(self, kind: str, *, drop: bool) -> bool:
        """True when the prompt in force keeps answers of this kind under 60 words."""
        if not drop:
            return False
        return self.prompt == "42" or (self.prompt == "43" and kind in STILL_LIMITED)


def versions(line: Timeline, offset: int, clock: time, *, drop: bool) -> Versions:
    """What was running at that moment; the dates are those of the releases."""
    now, model = (offset, clock), line.day(-14)
    prompts = [((-35, time(11, 30)), "41"), ((0, BROKEN_AT), "42")]
    if drop:
        prompts.append(((REPAIRED_AFTER, REPAIRED_AT), "43"))
    return Versions(
        model=month_before(model, 1 if now >= (-14, time(14)) else 4),
        prompt=next((name for since, name in reversed(prompts) if now >= since), "40"),
        content=content(line, -5 if now >= (-5, time(6)) else -88),
    )
