"""The cast, the same in every test: Rosa reviews, Lena leads, Otto is on another team.

world.agnes   support agent        world.rosa, world.remy   reviewers
world.lena    lead                 world.ada                admin
world.otto    admin of another team, with its own assistant
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Max

from ingestion.digest import digest_all
from ingestion.intake import store
from ingestion.models import Assistant, AssistantKey, Conversation
from ingestion.wire import ConversationIn, Message, Passage
from portal.accounts.keys import make_key
from portal.accounts.models import Membership, Role, Scope, Team, User
from reviews.definition.template import TEMPLATE
from reviews.definition.versions import DefinitionView, publish, published_version, save_draft
from reviews.grading.form import Form, Mark
from reviews.grading.grades import record_grade
from reviews.grading.queue import claim
from reviews.models import Assignment, DefinitionVersion, Grade, Sample, SampleReason
from reviews.sampling.choosing import policy_of

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
DAY = timedelta(days=1)
PASSWORD = "plumb-line-true"


class World:
    """One team with everything it needs, and a stranger's team beside it."""

    def __init__(self) -> None:
        self.now = NOW
        self.team = Team.objects.create(name="Acorn", slug="acorn", time_zone="Europe/London")
        self.assistant = Assistant.objects.create(team=self.team, name="Support", slug="support")
        self.agnes = self.person("Agnes Agent", Role.AGENT)
        self.rosa = self.person("Rosa Reviewer", Role.REVIEWER)
        self.remy = self.person("Remy Reviewer", Role.REVIEWER)
        self.lena = self.person("Lena Lead", Role.LEAD)
        self.ada = self.person("Ada Admin", Role.ADMIN)
        self.other_team = Team.objects.create(name="Other", slug="other")
        self.other_assistant = Assistant.objects.create(
            team=self.other_team, name="Elsewhere", slug="elsewhere"
        )
        self.otto = self.person("Otto Other", Role.ADMIN, team=self.other_team)

    def person(self, name: str, role: Role, team: Team | None = None) -> User:
        """Somebody new in the team; their address is their first name."""
        email = f"{name.split()[0].lower()}@{(team or self.team).slug}.example"
        user = User(email=email, name=name)
        user.set_unusable_password()
        user.save()
        Membership.objects.create(team=team or self.team, user=user, role=role)
        return user

    @cached_property
    def definition(self) -> DefinitionView:
        """The template, published: Correct and Tone are critical, one Partly is allowed."""
        draft = save_draft(assistant=self.assistant, text=TEMPLATE, by=self.lena, at=self.now)
        version = publish(draft=draft, change="", why="", by=self.lena, at=self.now)
        return published_version(version.pk)

    @property
    def version(self) -> DefinitionVersion:
        """The published version's row."""
        return DefinitionVersion.objects.get(pk=self.definition.pk)

    def key(self, *scopes: Scope, assistant: Assistant | None = None) -> str:
        """A working key's secret for the assistant; all scopes when none are named."""
        assistant = assistant or self.assistant
        key, secret = make_key(
            team=assistant.team, name="Test", scopes=list(scopes or Scope), by=None, at=self.now
        )
        AssistantKey.objects.create(api_key=key, assistant=assistant)
        return secret

    def conversations(self, count: int = 1, **fields: Any) -> list[Conversation]:
        """Conversations through the real intake and its digest, an answer each."""
        highest = Conversation.objects.aggregate(Max("pk"))["pk__max"] or 0
        assistant = fields.pop("assistant", self.assistant)
        base: dict[str, Any] = {
            "messages": [
                Message(role="user", content="Can I return a sale jacket?"),
                Message(role="assistant", content="Yes, within 14 days for store credit."),
            ],
            "passages": [Passage(title="Returns", text="Sale items: store credit, 14 days.")],
            "kind": "Returns",
            "started_at": self.now,
        }
        rows = [
            (index, ConversationIn(**{"id": f"c{highest + index + 1}", **base, **fields}))
            for index in range(count)
        ]
        store(assistant=assistant, rows=rows, rejected=[], at=self.now)
        digest_all(at=self.now)
        ids = [row.id for _, row in rows]
        return list(
            Conversation.objects.filter(assistant=assistant, external_id__in=ids).order_by("pk")
        )

    def sample(
        self,
        conversation: Conversation | None = None,
        *,
        reason: SampleReason = SampleReason.RANDOM,
        places: int = 1,
        probability: float = 0.5,
    ) -> Sample:
        """A chosen answer with `places` in the queue."""
        policy_of(self.assistant)
        row = conversation or self.conversations()[0]
        sample = Sample.objects.create(
            assistant=row.assistant,
            conversation=row,
            answer_index=1,
            reason=reason,
            probability=probability,
            stratum=row.kind,
            day=row.day,
            kind=row.kind,
            chosen_at=self.now,
        )
        for slot in range(1, places + 1):
            Assignment.objects.create(
                assistant=row.assistant, sample=sample, slot=slot, created_at=self.now
            )
        return sample

    def form(self, standing: str = "meets", went_wrong: str = "", **fields: Any) -> Form:
        """A filled form: every criterion at `standing`, a failing one with its reason."""
        marks = {
            criterion.pk: Mark(
                next(level.pk for level in criterion.levels if level.standing == standing),
                went_wrong or ("wrong_fact" if standing == "fails" else ""),
            )
            for criterion in self.definition.criteria
        }
        return Form(version=self.definition.pk, marks=marks, **fields)

    def grade(
        self, sample: Sample | None = None, by: User | None = None, standing: str = "meets"
    ) -> Grade:
        """A grade through the real claim and the real step."""
        reviewer = by or self.rosa
        form = self.form(standing)
        if sample is None:
            sample = self.sample()
        taken = claim(assistant=sample.assistant, reviewer=reviewer, at=self.now)
        assert taken is not None, "nothing waits"
        place = Assignment.objects.get(pk=taken)
        assert place.sample_id == sample.pk, "somebody else's sample waits before this one"
        return record_grade(assignment_id=place.pk, reviewer=reviewer, form=form, at=self.now)
