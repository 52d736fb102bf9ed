"""A folder of recorded conversations, flags and grades as a history.

Two forms, told apart by their files: conversations.jsonl with grades.jsonl (as the simulator of
`bench/detection` writes them), and stream.jsonl with grades.jsonl and changes.jsonl. Days are those
of UTC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from reviews.backtest.ledger import Ledger
from reviews.backtest.loop import WholeLoop
from reviews.backtest.reading import BadInputError, Days, bad, read_lines, read_whole
from reviews.backtest.shapes import (
    LEAD,
    ChangeLine,
    ConversationLine,
    FlagLine,
    GradeLine,
    Item,
    Recorded,
    ReleaseDay,
    ReleaseLine,
    ReviewerLine,
    Row,
    Seat,
)
from reviews.stats.history import DECISION, FIRST, NEVER, SECOND

CONVERSATIONS, STREAM, GRADES = "conversations.jsonl", "stream.jsonl", "grades.jsonl"
FLAGS, RELEASES, CHANGES, REVIEWERS = (
    "flags.jsonl",
    "releases.json",
    "changes.jsonl",
    "reviewers.json",
)
LONGEST = 1500  # days; one slip in a year must not make a history of centuries
MOMENT = "Use RFC 3339 with a zone, such as 2026-11-17T10:12:00Z."
DATE = "Use a date such as 2026-11-17."


class Folder:
    """The files of one folder and the calendar they share."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.days = Days()
        self.is_stream = not (path / CONVERSATIONS).exists()
        self.conversations = path / (STREAM if self.is_stream else CONVERSATIONS)

    def day(self, name: str, line: int, field: str, text: str) -> int:
        """A date or a moment as a day; BadInputError names the place."""
        is_date = len(text) == 10
        try:
            return self.days.of_date(text) if is_date else self.days.of_moment(text)
        except (ValueError, OverflowError):
            fix = DATE if field.endswith("_on") else MOMENT
            raise bad(self.path / name, line, field, f"It is {text!r}.", fix) from None

    def roster(self) -> list[ReviewerLine]:
        """The people; none when the folder does not say."""
        path = self.path / REVIEWERS
        return read_whole(path, list[ReviewerLine]) if path.exists() else []

    def flags(self) -> list[tuple[int, str, int]]:
        """Line, conversation and day of every flag."""
        path = self.path / FLAGS
        if not path.exists():
            return []
        return [
            (line, one.conversation_id, self.day(FLAGS, line, "flagged_on", one.flagged_on))
            for line, one in read_lines(path, FlagLine)
        ]

    def grades(self) -> list[tuple[int, GradeLine]]:
        """Every grade with its line."""
        found = list(read_lines(self.path / GRADES, GradeLine))
        for line, one in found:
            if not one.about:
                raise bad(self.path / GRADES, line, "conversation_id", "It is missing.", "Add it.")
        return found

    def releases(self) -> list[ReleaseDay]:
        """What changed when."""
        path, log_path = self.path / RELEASES, self.path / CHANGES
        if path.exists():
            return [
                ReleaseDay(
                    one.id,
                    one.version or one.id,
                    self.day(RELEASES, number, "released_at", one.released_at),
                )
                for number, one in enumerate(read_whole(path, list[ReleaseLine]), start=1)
            ]
        if not log_path.exists():
            return []
        found = []
        for line, change in read_lines(log_path, ChangeLine):
            name = change.to or change.note or change.kind or f"change {line}"
            note = f" ({change.note})" if change.note and change.note != name else ""
            found.append(ReleaseDay(name, name + note, self.day(CHANGES, line, "at", change.at)))
        return found


def is_recorded(path: Path) -> bool:
    """True when the folder is of one of these forms."""
    return (path / CONVERSATIONS).exists() or (path / STREAM).exists()


def load(path: Path, loop: WholeLoop | None = None) -> Recorded:
    """The history in a folder. Raises BadInputError. With a `loop` its choice and its grades take
    the place of grades.jsonl."""
    folder = Folder(path)
    roster, flags = folder.roster(), folder.flags()
    grades = [] if loop is not None else folder.grades()
    ledger = Ledger()
    wanted = {name for _, name, _ in flags} | {one.about for _, one in grades}
    rows = _conversations(folder, ledger, wanted, loop)
    for line, name, _ in flags:
        if name not in rows:
            raise _unknown(folder.path / FLAGS, line, name, folder.conversations.name)
    if loop is not None:
        rows |= loop.choose([(name, day) for _, name, day in flags], rows)
    first_flag = _count_flags(ledger, flags, rows)
    items: Iterable[Item]
    if loop is None:
        items = _items(folder, grades, roster)
        known = {one.about: line for line, one in reversed(grades)}
        for name, line in known.items():
            if name not in rows:
                raise _unknown(folder.path / GRADES, line, name, folder.conversations.name)
    else:
        items = loop.items(roster)
    for item in items:
        row = rows[item.conversation]
        flagged_on = first_flag.get(item.conversation)
        place = ledger.sample(
            day=row.day,
            kind=row.kind,
            chance=item.chance,
            flagged_on=NEVER if flagged_on is None else flagged_on,
        )
        for seat in item.seats:
            ledger.grade(
                place,
                reviewer=seat.reviewer,
                version=seat.version,
                failed=seat.failed,
                place=seat.place,
                known=seat.known,
            )
    first, last = _days(folder, ledger)
    releases = folder.releases()
    history = ledger.history(first=first, last=last, releases=[one.day for one in releases])
    return Recorded(history, releases)


def _days(folder: Folder, ledger: Ledger) -> tuple[int, int]:
    """The first and the last day with a conversation."""
    days = [day for (day, _), cell in ledger.cells.items() if cell.answers]
    first, last = min(days), max(days)
    if last - first >= LONGEST:
        ends = f"{date.fromordinal(first)} to {date.fromordinal(last)}"
        raise BadInputError(
            f"{folder.conversations}, field started_at: the conversations are from {ends}, more "
            f"than {LONGEST} days. Mend the dates that are wrong, or split the folder."
        )
    return first, last


def _unknown(path: Path, line: int, name: str, others: str) -> BadInputError:
    return bad(
        path, line, "conversation_id", f"{name!r} is not in {others}.", "Add the conversation."
    )


def _conversations(
    folder: Folder, ledger: Ledger, wanted: set[str], loop: WholeLoop | None
) -> dict[str, Row]:
    """Count all traffic; returns the rows of those that are wanted."""
    rows: dict[str, Row] = {}
    file = folder.conversations.name
    for line, one in read_lines(folder.conversations, ConversationLine):
        day = folder.day(file, line, "started_at", one.started_at)
        kind = ledger.kind(one.intent or one.kind or "")
        is_down = one.is_down
        _count(ledger, one, day, kind)
        if is_down:
            ledger.flag(day=day, kind=kind, known=day)
        if loop is not None:
            loop.see(one, day, kind)
        if one.id in wanted:
            if one.id in rows:
                raise bad(
                    folder.conversations, line, "id", f"{one.id!r} is there twice.", "Keep one."
                )
            rows[one.id] = Row(day, kind, is_down)
    if not ledger.cells:
        raise BadInputError(f"{folder.conversations} holds no conversation.")
    return rows


def _count(ledger: Ledger, one: ConversationLine, day: int, kind: int) -> None:
    cell = ledger.cell(day, kind)
    cell.answers += 1
    if one.escalated:
        cell.escalated += 1
    if one.is_down:
        cell.thumbs_down += 1
    if (said := one.said) is not None:
        cell.say(said)
    scores = [passage.score for passage in one.retrieved or () if passage.score is not None]
    if scores:
        cell.scored += 1
        cell.top_score += max(scores)


def _count_flags(
    ledger: Ledger, flags: Sequence[tuple[int, str, int]], rows: dict[str, Row]
) -> dict[str, int]:
    """Flags and thumbs in the ledger; the day on which each conversation was first known as bad."""
    since: dict[str, int] = {name: row.day for name, row in rows.items() if row.is_down}
    for _, name, day in flags:
        ledger.cell(day, rows[name].kind).flagged += 1
        since[name] = min(since.get(name, day), day)
    for name, day in since.items():
        row = rows[name]
        if not row.is_down:
            ledger.flag(day=row.day, kind=row.kind, known=day)
    return since


def _items(
    folder: Folder, grades: Sequence[tuple[int, GradeLine]], roster: Sequence[ReviewerLine]
) -> Iterator[Item]:
    """Grades by conversation, in their places: a lead's is a decision, the others by time. A third
    person's is left out: agreement and error rates are about pairs."""
    leads = {one.id for one in roster if one.role == LEAD}
    by_conversation: dict[str, list[tuple[str, int, GradeLine]]] = defaultdict(list)
    for line, one in grades:
        field = "graded_on" if one.graded_on else "graded_at"
        when = one.graded_on or one.graded_at
        day = folder.day(GRADES, line, field, when)
        by_conversation[one.about].append((when, day, one))
        if one.source == "random" and one.inclusion_probability is None:
            raise bad(
                folder.path / GRADES,
                line,
                "inclusion_probability",
                "It is missing for a grade whose source is random.",
                "Give the chance with which the conversation was drawn, above 0 and at most 1.",
            )
    for name, given in by_conversation.items():
        given.sort(key=lambda one: one[0])
        drawn = [one for _, _, one in given if one.source != "flagged"]
        chance = None if not drawn else drawn[0].inclusion_probability or 1.0
        seats: list[Seat] = []
        for _, day, one in given:
            place = DECISION if one.reviewer in leads else _place(seats, one.reviewer)
            if one.verdict != "cannot_judge" and place is not None:
                seats.append(Seat(one.reviewer, one.failed, one.definition_version, place, day))
        yield Item(name, chance, seats)


def _place(seats: Sequence[Seat], reviewer: str) -> int | None:
    """Where a reviewer's grade stands beside the earlier ones; None for a third person's."""
    taken = {seat.reviewer: seat.place for seat in seats if seat.place != DECISION}
    free = (FIRST, SECOND, None)[len(taken)]
    return taken.get(reviewer, free)
