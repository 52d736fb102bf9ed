"""Write the planned conversations in words, as the API takes them, each answer with its truth."""

from __future__ import annotations

from random import Random

from portal.demo.content.shape import CRITERIA, Bad, Criterion, FollowUp, Turn
from portal.demo.customers import in_chat, in_email, typed
from portal.demo.draft import Draft
from portal.demo.facts import ConversationFact, Standing, Truth
from portal.demo.payloads import payload
from portal.demo.plan import Planned
from portal.demo.running import versions
from portal.demo.timeline import Timeline
from portal.demo.words import fill

WORD_LIMIT = 60
LEADS = (
    "Thanks for getting in touch. ",
    "Thanks for your message. ",
    "Hello {name}, thanks for asking. ",
)
TAILS = {
    "en": (
        " Is there anything else I can help you with?",
        " I hope that helps.",
        " Let me know if anything is unclear.",
    ),
    "de": (" Kann ich sonst noch etwas für Sie tun?", " Ich hoffe, das hilft Ihnen weiter."),
    "fr": (" Puis-je vous aider pour autre chose ?", " J’espère que cela vous aide."),
}
EMAIL_FRAME = {
    "en": ("Hello {name},\n\n", "\n\nKind regards,\nAcorn Outfitters support"),
    "de": ("Guten Tag {name},\n\n", "\n\nViele Grüße\nAcorn Outfitters"),
    "fr": ("Bonjour {name},\n\n", "\n\nCordialement,\nAcorn Outfitters"),
}
GOODBYES = {
    "en": ("ok thanks", "Thank you", "thanks, that's all", "Great, bye", "ok 👍"),
    "de": ("Danke!", "ok, danke", "Alles klar"),
    "fr": ("Merci !", "d'accord, merci", "ok merci"),
}
PARTLY_OF_SHORT: dict[Criterion, float] = {"complete": 0.22, "tone": 0.03, "sourced": 0.02}
PARTLY_OF_LONG: dict[Criterion, float] = {"complete": 0.03, "tone": 0.02, "sourced": 0.03}


def _pick_ask(draft: Draft, turn: Turn, number: int) -> int:
    mark = draft.planned.landmark
    if mark is not None:
        return mark.asks[number]
    if draft.by_email:
        longer = [index for index, ask in enumerate(turn.asks) if len(ask.split()) > 7]
        return draft.rng.choice(longer or list(range(len(turn.asks))))
    return draft.rng.randrange(len(turn.asks))


def _pick_bad(draft: Draft, turn: Turn, ask: int, number: int) -> Bad:
    mark = draft.planned.landmark
    choice = mark.bad[number] if mark is not None else None
    if choice is not None:
        return turn.bad[choice]
    fitting = turn.bad_for(ask)
    if draft.clipped:
        fitting = tuple(bad for bad in fitting if bad.short) or fitting
    weights = [1.0 if draft.clipped or not bad.short else 0.5 for bad in fitting]
    return draft.rng.choices(fitting, weights=weights)[0]


def _within(text: str, limited: bool) -> bool:
    return not limited or len(text.split()) < WORD_LIMIT


def _framed(draft: Draft, body: str, number: int) -> str:
    """The answer with a lead, a tail or the frame of an email, where the word limit allows."""
    rng, language, text = draft.rng, draft.language, body
    if draft.planned.landmark is not None:
        return body.format_map(draft.words)
    if draft.by_email:
        head, foot = EMAIL_FRAME[language]
        text = head + body + foot
    elif language == "en" and number == 0 and rng.random() < 0.14:
        text = rng.choice(LEADS) + body
    elif rng.random() < 0.15:
        text = body + rng.choice(TAILS[language])
    text = text.format_map(draft.words)
    return text if _within(text, draft.limited) else body.format_map(draft.words)


def _good_truth(draft: Draft, body: str) -> Truth:
    """A good answer may be partly met in one criterion, short ones more often."""
    chances = PARTLY_OF_SHORT if len(body.split()) < 32 else PARTLY_OF_LONG
    levels: dict[Criterion, Standing] = dict.fromkeys(CRITERIA, "meets")
    draw = draft.rng.random()
    for criterion, chance in chances.items():
        if draw < chance:
            levels[criterion] = "partly"
            break
        draw -= chance
    return Truth(levels=levels, scenario=draft.planned.scenario.key)


def _bad_truth(draft: Draft, bad: Bad) -> Truth:
    levels: dict[Criterion, Standing] = dict.fromkeys(CRITERIA, "meets")
    if bad.reason == "contradicts_source" and bad.criterion == "correct":
        levels["sourced"] = "partly"
    for criterion in bad.partly:
        levels[criterion] = "partly"
    levels[bad.criterion] = "fails"
    notes = tuple(note.format_map(draft.words) for note in bad.notes)
    key = draft.planned.scenario.key
    return Truth(levels=levels, scenario=key, failed=bad.criterion, reason=bad.reason, notes=notes)


def _answer(draft: Draft, turn: Turn, ask: int, number: int) -> None:
    """The assistant's message and its truth."""
    if draft.planned.good[number]:
        fitting = [good.text for good in turn.good_for(ask) if _within(good.text, draft.limited)]
        body = draft.rng.choice(fitting)
        truth = _good_truth(draft, body)
    else:
        bad = _pick_bad(draft, turn, ask, number)
        body, truth = bad.text, _bad_truth(draft, bad)
    draft.wait(2, 6)
    draft.truths[len(draft.messages)] = truth
    draft.say("assistant", _framed(draft, body, number))


def _question(draft: Draft, turn: Turn, number: int) -> int:
    """The customer's message; returns which phrasing it was."""
    ask = _pick_ask(draft, turn, number)
    text, rng = turn.asks[ask].format_map(draft.words), draft.rng
    if draft.planned.landmark is None:
        if draft.by_email:
            name = draft.words["name"]
            text = in_email(text, language=draft.language, name=name, rng=rng)
        elif number == 0:
            text = in_chat(text, language=draft.language, rng=rng)
        else:
            text = typed(text, rng)
    draft.say("user", text)
    return ask


def _follow_up(draft: Draft) -> FollowUp | None:
    """A second question that makes sense after the first answer."""
    after = "good" if draft.planned.good[0] else "bad"
    then = draft.planned.scenario.then
    fitting = [one for one in then if one.after in (after, "any")]
    return draft.rng.choice(fitting) if fitting else None


def _close(draft: Draft) -> None:
    """What the customer says last, if anything."""
    scenario, mark = draft.planned.scenario, draft.planned.landmark
    last_good = draft.planned.good[len(draft.truths) - 1]
    lines = scenario.closings if last_good else scenario.closings_bad
    if len(draft.truths) > 1:
        lines = GOODBYES[draft.language]
    line = mark.closing if mark is not None else ""
    if not line and (draft.by_email or mark is not None or draft.rng.random() > 0.4):
        return
    draft.wait(15, 200)
    draft.say("user", line or draft.rng.choice(lines).format_map(draft.words))


def _words(planned: Planned, *, line: Timeline, rng: Random) -> dict[str, str]:
    """What fills the blanks; a landmark's own words win."""
    scenario, day = planned.scenario, line.day(planned.offset)
    words = fill(scenario.blanks, language=scenario.language, day=day, rng=rng)
    return words | dict(planned.landmark.words) if planned.landmark else words


def tell(
    planned: Planned, *, line: Timeline, identity: str, drop: bool, rng: Random
) -> ConversationFact:
    """One conversation in words."""
    at = line.moment(planned.offset, planned.clock)
    running = versions(line, planned.offset, planned.clock, drop=drop)
    draft = Draft(
        planned=planned,
        line=line,
        rng=rng,
        running=running,
        limited=running.limits(planned.scenario.kind, drop=drop),
        clipped=drop and line.is_broken(planned.offset, planned.clock),
        words=_words(planned, line=line, rng=rng),
        now=at,
    )
    ask = _question(draft, planned.scenario.first, 0)
    _answer(draft, planned.scenario.first, ask, 0)
    then = _follow_up(draft) if len(planned.good) > 1 else None
    if then is not None:
        draft.wait(20, 240)
        ask = _question(draft, then.turn, 1)
        _answer(draft, then.turn, ask, 1)
    _close(draft)
    sent = payload(draft, at=at, identity=identity)
    return ConversationFact(at=at, payload=sent, truths=dict(draft.truths))
