"""Who works at the made-up shop, which parts they own, and what was changed before the drop."""

from __future__ import annotations

from datetime import date, time

from portal.demo.facts import DefinitionFact, PartFact, PersonFact, ReleaseFact
from portal.demo.timeline import BROKEN_AT, REPAIRED_AFTER, REPAIRED_AT, Timeline
from portal.demo.words import MONTHS

TEAM = "Acorn Outfitters"
ASSISTANT = "Support assistant"
ADA, ROBIN, KIT, JO = (f"{name}@acorn.example" for name in ("ada", "robin", "kit", "jo"))
PRIYA, LEWIS = "priya@acorn.example", "lewis@acorn.example"
AGENTS = (PRIYA, LEWIS)

PEOPLE = (
    PersonFact(PRIYA, "Priya Template", "agent", "answers tickets and flags bad answers"),
    PersonFact(LEWIS, "Lewis Outline", "agent", "answers tickets and flags bad answers"),
    PersonFact("mina@acorn.example", "Mina Specimen", "reviewer", "grades every day"),
    PersonFact("theo@acorn.example", "Theo Pattern", "reviewer", "grades every day, strictly"),
    PersonFact("isla@acorn.example", "Isla Trial", "reviewer", "grades in the afternoons"),
    PersonFact("owen@acorn.example", "Owen Draft", "reviewer", "grades when support is quiet"),
    PersonFact(ADA, "Ada Example", "lead", "leads support quality; owns the quality definition"),
    PersonFact(ROBIN, "Robin Sample", "reviewer", "owns the prompt"),
    PersonFact(KIT, "Kit Demo", "reviewer", "owns the model and the search index"),
    PersonFact(JO, "Jo Placeholder", "reviewer", "owns the returns pages and the size guides"),
    PersonFact("noa@acorn.example", "Noa Default", "admin", "set the portal up"),
)

ROUTES = {
    "wrong_fact": "Prompt",
    "out_of_date": "Returns policy",
    "incomplete": "Prompt",
    "did_not_answer": "Prompt",
    "rude_unsafe": "Escalation rules",
    "something_else": "First response",
    "contradicts_source": "Prompt",
    "not_in_source": "Model",
}


def day_and_month(day: date) -> str:
    """As the portal writes dates.

    >>> day_and_month(date(2026, 11, 3))
    '3 Nov'
    """
    return f"{day.day} {MONTHS['en'][day.month - 1][:3]}"


def month_before(day: date, months: int = 1) -> str:
    """The month so many before that of `day`, as the model's maker names its versions.

    >>> month_before(date(2026, 11, 3)), month_before(date(2026, 2, 3), months=4)
    ('2026-10', '2025-10')
    """
    count = day.year * 12 + day.month - 1 - months
    return f"{count // 12}-{count % 12 + 1:02}"


def _changes(line: Timeline) -> list[tuple[int, time, str, str, str, str]]:
    """Days from the drop, clock, kind, name, note, by whom; without the drop and its repair."""
    model = line.day(-14)
    return [
        (-118, time(13), "model", month_before(model, 4), "The model we started with.", KIT),
        (-88, time(6), "retrieval", content(line, -88), "97 size guides rewritten.", JO),
        (
            -84,
            time(11),
            "prompt",
            "40",
            "Says what it can't do instead of offering to do it.",
            ROBIN,
        ),
        (
            -76,
            time(9, 30),
            "escalation",
            "Handover 3",
            "Hand over after two misses, not three.",
            ADA,
        ),
        (-43, time(9), "definition", "4", "Wording of “Complete” made clearer.", ADA),
        (-35, time(11, 30), "prompt", "41", "Asks for the order number only when needed.", ROBIN),
        (-14, time(14), "model", month_before(model), "Faster, same price.", KIT),
        (-5, time(6), "retrieval", content(line, -5), "86 delivery pages, none on returns.", JO),
    ]


def content(line: Timeline, offset: int) -> str:
    """The name of the help centre's state since that day."""
    return f"Help centre {day_and_month(line.day(offset))}"


def releases(line: Timeline, *, drop: bool) -> tuple[ReleaseFact, ...]:
    """All changes in order; the last two break the returns answers and repair them."""
    changes = _changes(line)
    if drop:
        repair = "Word limit removed for policy questions."
        changes += [
            (0, BROKEN_AT, "prompt", "42", "“Keep answers under 60 words”", ROBIN),
            (REPAIRED_AFTER, REPAIRED_AT, "prompt", "43", repair, ROBIN),
        ]
    else:
        changes += [(0, BROKEN_AT, "prompt", "42", "Signs emails with the shop's name.", ROBIN)]
    return tuple(
        ReleaseFact(kind=kind, name=name, at=line.moment(offset, clock), note=note, by=by)
        for offset, clock, kind, name, note, by in changes
    )


def definition(line: Timeline) -> tuple[DefinitionFact, ...]:
    """The four versions of the quality definition so far."""
    nine = time(9)
    return (
        DefinitionFact(1, line.moment(-320, nine), "first", "The template, as it came.", ADA),
        DefinitionFact(2, line.moment(-245, nine), "meaning", "Tone may no longer fail.", ADA),
        DefinitionFact(3, line.moment(-160, nine), "wording", "Examples from our own chats.", ADA),
        DefinitionFact(4, line.moment(-43, nine), "wording", "“Complete” made clearer.", ADA),
    )


def parts(line: Timeline) -> tuple[PartFact, ...]:
    """What can make an answer worse, in the order an answer is made; two have no owner."""

    def part(
        kind: str, name: str, says: str, changed: int, who: tuple[str | None, str | None], by: int
    ) -> PartFact:
        review_by = line.day(by) if by else None
        return PartFact(kind, name, says, line.day(changed), who[0], who[1], review_by)

    return (
        part("retrieval", "Delivery pages", "86 help-centre pages", -5, (None, None), 0),
        part("retrieval", "Returns policy", "31 help-centre pages", -15, (JO, ADA), 31),
        part("retrieval", "Size guides", "97 help-centre pages", -88, (JO, None), 33),
        part("search", "Search index", "embedding and ranking", -5, (KIT, ROBIN), 17),
        part("prompt", "Prompt", "system prompt and templates", 3, (ROBIN, KIT), 14),
        part("model", "Model", "hosted model", -14, (KIT, None), -7),
        part("escalation", "Escalation rules", "when it hands over", -76, (None, None), 0),
        part("definition", "Quality definition", "what a good answer is", -43, (ADA, ROBIN), 49),
        part("other", "First response", "who is told of a drop", 2, (ROBIN, ADA), 49),
    )
