"""The written quality definition: start from a template, draft, compare, publish."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from ingestion.models import Assistant
from portal.accounts import audit
from portal.accounts.models import User
from portal.refused import Refused
from reviews.definition.template import CriterionText, DefinitionText, LevelText
from reviews.models import Criterion, DefinitionEvent, DefinitionVersion, Level
from reviews.stats.verdicts import Rule

MAX_CRITERIA, MIN_LEVELS, MAX_LEVELS = 12, 2, 5


@dataclass(frozen=True)
class LevelView:
    """A level as forms and pages show it."""

    pk: int
    value: int
    standing: str
    name: str
    anchor: str
    example: str

    @property
    def icon(self) -> str:
        """The picture of its standing."""
        return {"meets": "tick", "partly": "partly"}.get(self.standing, "cross")


@dataclass(frozen=True)
class CriterionView:
    """A criterion with its levels, best first."""

    pk: int
    key: str
    name: str
    question: str
    is_critical: bool
    levels: tuple[LevelView, ...]


@dataclass(frozen=True)
class DefinitionView:
    """A whole version, read once; a published one never changes and is kept in memory."""

    pk: int
    assistant_id: int
    is_published: bool
    number: int
    title: str
    text: str
    rule: Rule
    criteria: tuple[CriterionView, ...]


def read_version(version_id: int) -> DefinitionView:
    """A version with everything in it, in three queries."""
    version = DefinitionVersion.objects.prefetch_related("criteria__levels").get(pk=version_id)
    criteria = tuple(
        CriterionView(
            pk=criterion.pk,
            key=criterion.key,
            name=criterion.name,
            question=criterion.question,
            is_critical=criterion.is_critical,
            levels=tuple(
                LevelView(
                    level.pk, level.value, level.standing, level.name, level.anchor, level.example
                )
                for level in sorted(criterion.levels.all(), key=lambda one: -one.value)
            ),
        )
        for criterion in version.criteria.all()
    )
    rule = Rule(version.max_failed, version.max_partly)
    return DefinitionView(
        pk=version.pk,
        assistant_id=version.assistant_id,
        is_published=version.status == DefinitionVersion.Status.PUBLISHED,
        number=version.number,
        title=version.title,
        text=version.text,
        rule=rule,
        criteria=criteria,
    )


_published: dict[int, DefinitionView] = {}


def published_version(version_id: int) -> DefinitionView:
    """A published version, from memory after the first time: the database keeps it frozen.

    Raises DefinitionVersion.DoesNotExist for a draft, or none at all.
    """
    if version_id not in _published:
        view = read_version(version_id)
        if not view.is_published:
            raise DefinitionVersion.DoesNotExist
        _published[version_id] = view
    return _published[version_id]


def current_version_id(assistant_id: int) -> int | None:
    """The newest published version's id, or None when nothing was published yet."""
    published = DefinitionVersion.objects.published().filter(assistant_id=assistant_id)
    return published.order_by("-number").values_list("pk", flat=True).first()


def draft_of(assistant: Assistant) -> DefinitionVersion | None:
    """The open draft, if there is one."""
    return DefinitionVersion.objects.filter(
        assistant=assistant, status=DefinitionVersion.Status.DRAFT
    ).first()


def as_text(view: DefinitionView) -> DefinitionText:
    """A version as plain text values, for an editing form."""
    return DefinitionText(
        title=view.title,
        text=view.text,
        max_failed=view.rule.max_failed,
        max_partly=view.rule.max_partly,
        criteria=tuple(
            CriterionText(
                key=criterion.key,
                name=criterion.name,
                question=criterion.question,
                is_critical=criterion.is_critical,
                levels=tuple(
                    LevelText(level.standing, level.name, level.anchor, level.example)
                    for level in criterion.levels
                ),
            )
            for criterion in view.criteria
        ),
    )


def _check_words(text: DefinitionText) -> None:
    """Refuse what the columns cannot hold, before the database does."""
    words = [("title", text.title, 120), ("text", text.text, 50_000)]
    for one in text.criteria:
        words += [("criteria", one.name, 60), ("criteria", one.question, 200)]
        for level in one.levels:
            words += [("criteria", level.name, 40), ("criteria", level.anchor, 400)]
            words.append(("criteria", level.example, 2000))
    for field, value, most in words:
        if len(value) > most:
            raise Refused(field, f"Keep “{value[:30]}…” under {most} characters.")
        if "\x00" in value:
            raise Refused(field, "Take out the characters that cannot be printed.")


def _check(text: DefinitionText) -> None:
    _check_words(text)
    if not text.title.strip():
        raise Refused("title", "Give it a name, such as Support answers.")
    if not 1 <= len(text.criteria) <= MAX_CRITERIA:
        raise Refused("criteria", f"Write 1 to {MAX_CRITERIA} criteria.")
    keys = [criterion.key for criterion in text.criteria]
    if len(set(keys)) != len(keys):
        raise Refused("criteria", "Two criteria share a name; rename one.")
    for criterion in text.criteria:
        if not criterion.name.strip() or not criterion.question.strip():
            raise Refused("criteria", "Each criterion needs a name and one question.")
        if not MIN_LEVELS <= len(criterion.levels) <= MAX_LEVELS:
            raise Refused(
                "criteria", f"“{criterion.name}” needs {MIN_LEVELS} to {MAX_LEVELS} levels."
            )
        if any(not level.name.strip() or not level.anchor.strip() for level in criterion.levels):
            raise Refused(
                "criteria", f"Each level of “{criterion.name}” needs a name and an anchor."
            )
        if not any(level.standing == Level.Standing.FAILS for level in criterion.levels):
            raise Refused("criteria", f"“{criterion.name}” needs a level that fails.")


def _write_criteria(version: DefinitionVersion, criteria: Iterable[CriterionText]) -> None:
    version.criteria.all().delete()
    for position, text in enumerate(criteria, start=1):
        criterion = Criterion.objects.create(
            version=version,
            position=position,
            key=text.key,
            name=text.name.strip(),
            question=text.question.strip(),
            is_critical=text.is_critical,
        )
        highest = len(text.levels)
        Level.objects.bulk_create(
            Level(
                criterion=criterion,
                value=highest - offset,
                standing=level.standing,
                name=level.name.strip(),
                anchor=level.anchor.strip(),
                example=level.example.strip(),
            )
            for offset, level in enumerate(text.levels)
        )


def save_draft(
    *, assistant: Assistant, text: DefinitionText, by: User | None, at: datetime
) -> DefinitionVersion:
    """Keep `text` as the assistant's one draft. Raises Refused with the fix."""
    _check(text)
    with transaction.atomic():
        Assistant.objects.select_for_update().get(pk=assistant.pk)
        draft = draft_of(assistant)
        what = DefinitionEvent.What.EDITED if draft else DefinitionEvent.What.DRAFTED
        if draft is None:
            highest = assistant.definitions.aggregate(Max("number"))["number__max"] or 0
            draft = DefinitionVersion(
                assistant=assistant,
                number=highest + 1,
                created_by=by,
                based_on_id=current_version_id(assistant.pk),
            )
        draft.title, draft.text = text.title.strip(), text.text
        draft.max_failed, draft.max_partly = text.max_failed, text.max_partly
        draft.save()
        _write_criteria(draft, text.criteria)
        _note(draft, what, by, at, "")
    return draft


def publish(
    *, draft: DefinitionVersion, change: str, why: str, by: User | None, at: datetime
) -> DefinitionVersion:
    """Freeze the draft as the current version.

    `change` says whether it alters what counts as good; the first version is always "first".
    Raises Refused when the draft is gone, or nothing was said about the change.
    """
    with transaction.atomic():
        version = DefinitionVersion.objects.select_for_update().filter(pk=draft.pk).first()
        if version is None:
            raise Refused("status", "This draft was thrown away. Start a new one.")
        if version.status != DefinitionVersion.Status.DRAFT:
            raise Refused("status", "This version was published already.")
        is_first = current_version_id(version.assistant_id) is None
        meant = DefinitionVersion.Change.FIRST if is_first else change
        allowed = (DefinitionVersion.Change.WORDING, DefinitionVersion.Change.MEANING)
        if not is_first and meant not in allowed:
            raise Refused("change", "Say whether this changes what counts as good.")
        version.status = DefinitionVersion.Status.PUBLISHED
        version.change, version.published_by, version.published_at = meant, by, at
        version.save()
        _note(version, DefinitionEvent.What.PUBLISHED, by, at, why)
    return version


def discard_draft(*, assistant: Assistant, by: User | None, at: datetime) -> None:
    """Throw the draft away; nothing was graded by it."""
    with transaction.atomic():
        draft = draft_of(assistant)
        if draft is not None:
            _note(draft, DefinitionEvent.What.DISCARDED, by, at, "")
            draft.delete()


def _note(version: DefinitionVersion, what: str, by: User | None, at: datetime, why: str) -> None:
    DefinitionEvent.objects.create(
        assistant_id=version.assistant_id, number=version.number, what=what, by=by, at=at, why=why
    )
    if what != DefinitionEvent.What.EDITED:
        audit.record(
            team=version.assistant.team,
            actor=by,
            action=f"definition.{what}",
            subject=str(version),
            at=at,
        )


def series_start(assistant: Assistant) -> int:
    """The number of the version with which the current meaning of "good" began."""
    broke = DefinitionVersion.objects.filter(
        assistant=assistant, status="published", change__in=["first", "meaning"]
    )
    return broke.order_by("-number").values_list("number", flat=True).first() or 0
