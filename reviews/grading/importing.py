"""Take in grades that people gave elsewhere, as grades by named external reviewers.

Their verdict is kept as it was given: it cannot follow our rule, because they graded against
another definition (docs/decisions/0003). It is pinned to the version in force, or to an import
definition with one criterion that is published when there is none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from ingestion.kept import kept_id, kept_ids, kept_text, own_patterns
from ingestion.models import Assistant, Conversation
from portal.accounts.models import Membership, Role, User
from reviews.definition.template import CriterionText, DefinitionText, LevelText
from reviews.definition.versions import current_version_id, publish, published_version, save_draft
from reviews.models import (
    Assignment,
    CriterionGrade,
    DirtyDay,
    Grade,
    Sample,
    SampleReason,
    Verdict,
)

VERDICTS = {
    "pass": Verdict.GOOD,
    "good": Verdict.GOOD,
    "fail": Verdict.NOT_GOOD,
    "not_good": Verdict.NOT_GOOD,
    "cannot_judge": Verdict.CANNOT_JUDGE,
}
OVERALL = "overall"
IMPORT_DEFINITION = DefinitionText(
    title="Imported grades",
    text="Grades that were given elsewhere, each as good or not good.",
    max_failed=0,
    max_partly=0,
    criteria=(
        CriterionText(
            key=OVERALL,
            name="Overall",
            question="Was the answer good?",
            is_critical=True,
            levels=(
                LevelText("meets", "Good", "It was judged good.", ""),
                LevelText("fails", "Not good", "It was judged not good.", ""),
            ),
        ),
    ),
)


@dataclass(frozen=True)
class GivenGrade:
    """One grade as a file has it."""

    conversation: str
    annotator: str
    verdict: str
    note: str = ""
    seconds: int | None = None
    graded_at: datetime | None = None


@dataclass
class Taken:
    """What became of a chunk of grades."""

    stored: int = 0
    known: int = 0
    without_conversation: int = 0


def external_reviewer(assistant: Assistant, name: str) -> User:
    """The named person from outside, who belongs to the team but cannot sign in."""
    known = User.objects.filter(
        is_external=True, name=name, memberships__team_id=assistant.team_id
    ).first()
    if known is not None:
        return known
    user = User(name=name[:120], is_external=True, is_active=False)
    user.set_unusable_password()
    user.save()
    Membership.objects.create(team_id=assistant.team_id, user=user, role=Role.REVIEWER)
    return user


def definition_for_import(assistant: Assistant, at: datetime) -> int:
    """The version that imported grades are pinned to."""
    version = current_version_id(assistant.pk)
    if version is not None:
        return version
    draft = save_draft(assistant=assistant, text=IMPORT_DEFINITION, by=None, at=at)
    return publish(draft=draft, change="", why="For imported grades.", by=None, at=at).pk


def _sample_for(conversation: Conversation, reason: SampleReason, at: datetime) -> Sample:
    """The sample of the conversation's last answer; made when there is none."""
    sample, _ = Sample.objects.get_or_create(
        conversation=conversation,
        answer_index=conversation.answer_positions[-1],
        defaults={
            "assistant_id": conversation.assistant_id,
            "reason": reason,
            "probability": conversation.sample_rate,  # the caller may have sampled first
            "stratum": conversation.kind,
            "day": conversation.day,
            "kind": conversation.kind,
            "chosen_at": at,
        },
    )
    return sample


def import_grades(
    *, assistant: Assistant, given: Iterable[GivenGrade], at: datetime, as_random: bool = False
) -> Taken:
    """Store grades that are new; all of them or none. A person's grade of an answer counts once.

    `as_random` is right only when every conversation of the file was graded: then each was chosen
    with certainty, and the grades speak for all answers.
    """
    taken = Taken()
    by_conversation: dict[str, list[GivenGrade]] = defaultdict(list)
    given, custom = list(given), own_patterns(assistant)
    kept = kept_ids(assistant=assistant, sent=[one.conversation for one in given], custom=custom)
    for one in given:
        # An address as a name is hidden: the same person each time.
        name = kept_id(assistant=assistant, sent=one.annotator, custom=custom)
        note = kept_text(text=one.note, custom=custom)
        by_conversation[kept[one.conversation]].append(replace(one, annotator=name, note=note))
    reason = SampleReason.RANDOM if as_random else SampleReason.IMPORTED
    with transaction.atomic():
        version = definition_for_import(assistant, at)
        people: dict[str, User] = {}
        found = {
            row.external_id: row
            for row in Conversation.objects.filter(
                assistant=assistant, external_id__in=by_conversation
            )
        }
        for name, grades in by_conversation.items():
            if name not in found:
                taken.without_conversation += len(grades)
                continue
            sample = _sample_for(found[name], reason, at)
            places = list(sample.assignments.values_list("slot", "reviewer_id"))
            for one in grades:
                if one.annotator not in people:
                    people[one.annotator] = external_reviewer(assistant, one.annotator)
                person = people[one.annotator]
                if person.pk in {reviewer for _, reviewer in places}:
                    taken.known += 1
                    continue
                slot = max((slot for slot, _ in places), default=0) + 1
                places.append((slot, person.pk))
                _store(sample, person, one, slot=slot, version=version, at=at)
                taken.stored += 1
            DirtyDay.objects.create(assistant=assistant, day=sample.day, marked_at=at)
    return taken


def _store(
    sample: Sample, person: User, one: GivenGrade, *, slot: int, version: int, at: datetime
) -> None:
    graded_at = one.graded_at or sample.conversation.started_at
    place = Assignment.objects.create(
        assistant_id=sample.assistant_id,
        sample=sample,
        slot=slot,
        state=Assignment.State.DONE,
        reviewer=person,
        claimed_at=graded_at,
        done_at=graded_at,
        created_at=at,
    )
    verdict = VERDICTS[one.verdict]
    grade = Grade.objects.create(
        assignment=place,
        reviewer=person,
        version_id=version,
        verdict=verdict,
        note=one.note[:5000].replace("\x00", ""),
        seconds=one.seconds,
        graded_at=graded_at,
    )
    criteria = published_version(version).criteria
    if [criterion.key for criterion in criteria] == [OVERALL]:
        wanted = "meets" if verdict == Verdict.GOOD else "fails"
        level = next(one.pk for one in criteria[0].levels if one.standing == wanted)
        CriterionGrade.objects.create(grade=grade, criterion_id=criteria[0].pk, level_id=level)
