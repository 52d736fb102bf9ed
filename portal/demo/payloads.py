"""A written conversation as the API takes it: with passages, versions and figures."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from portal.demo.cast import month_before
from portal.demo.content.shape import Page
from portal.demo.draft import Draft, stamp
from portal.demo.facts import Payload

SITE = "https://acorn.example.com/"
BEFORE_THE_STORY = timedelta(days=40)
DEVICES = ("phone", "computer", "tablet")


def _updated(page: Page, draft: Draft, at: datetime) -> str:
    """When the page was last changed before the conversation; live ones are read just before."""
    if page.live:
        return stamp(at - timedelta(minutes=1))
    changes = [draft.line.moment(offset, time(9, 30)) for offset in page.updated]
    past = [change for change in changes if change <= at]
    return stamp(max(past, default=at - BEFORE_THE_STORY))


def _passages(draft: Draft, at: datetime) -> list[Payload]:
    given = []
    for page, score in draft.planned.scenario.pages:
        path = page.path.format_map(draft.words)
        given.append(
            {
                "title": page.title.format_map(draft.words),
                "text": page.text.format_map(draft.words),
                "url": f"{SITE}{path}" if page.live else f"{SITE}help/{path}",
                "score": round(score + draft.rng.uniform(-0.012, 0.012), 2),
                "updated_at": _updated(page, draft, at),
            }
        )
    return given


def _figures(draft: Draft) -> dict[str, Any]:
    """Tokens, time and cost, as they follow from the lengths."""
    given = sum(len(page.text) for page, _ in draft.planned.scenario.pages)
    said = sum(len(message["content"]) for message in draft.messages)
    answered = sum(len(draft.messages[index]["content"]) for index in draft.truths)
    tokens_in, tokens_out = 420 + (given + said) // 4, answered // 4
    newest = month_before(draft.line.day(-14))
    usual = 1500 if draft.running.model == newest else 1900
    return {
        "tokens_in": tokens_in,
        "tokens_out": tokens_out,
        "latency_ms": int(usual * draft.rng.lognormvariate(0, 0.3)) + 6 * tokens_out,
        "cost": round((tokens_in * 0.4 + tokens_out * 1.6) / 1e6, 6),
    }


def payload(draft: Draft, *, at: datetime, identity: str) -> Payload:
    """Everything that is sent of one conversation."""
    scenario, rng = draft.planned.scenario, draft.rng
    return {
        "id": identity,
        "started_at": stamp(at),
        "messages": draft.messages,
        "passages": _passages(draft, at),
        "kind": scenario.kind,
        "channel": draft.planned.channel,
        "language": scenario.language,
        "model": draft.running.model,
        "prompt_version": draft.running.prompt,
        "retrieval_version": draft.running.content,
        **_figures(draft),
        "user_ref": f"customer-{rng.randrange(2600):04}",
        "attributes": {
            "device": rng.choices(DEVICES, weights=(6, 4, 1))[0],
            "signed_in": rng.random() < 0.64,
        },
    }
