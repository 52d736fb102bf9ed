"""Fill the benchmark's database: a team, its people, 100,000 waiting answers."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.middleware.csrf import _get_new_csrf_string
from django.utils import timezone

from bench.review import Desk, Reviewer
from ingestion.models import Assistant, AssistantKey
from portal.accounts.keys import make_key
from portal.accounts.models import Membership, Role, Scope, Team, User
from reviews.definition.template import TEMPLATE
from reviews.definition.versions import publish, published_version, save_draft
from reviews.sampling.choosing import policy_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ITEMS = """
WITH chats AS (
    INSERT INTO ingestion_conversation (assistant_id, external_id, started_at, day, kind, channel,
        language, model, prompt_version, retrieval_version, user_hash, ticket_ref, sample_rate,
        answers, messages, passages, attributes)
    SELECT %(assistant)s, %(name)s || n, now() - n * interval '1 second', current_date, 'Returns',
        'web', 'en', '2026-10', '43', '', '', '', 1, 1,
        jsonb_build_array(
            jsonb_build_object('role', 'user', 'content', repeat('Can I return it? ', 6)),
            jsonb_build_object('role', 'assistant', 'content', repeat('Yes, in 14 days. ', 14))),
        jsonb_build_array(
            jsonb_build_object('title', 'Returns', 'text', repeat('Store credit. ', 30)),
            jsonb_build_object('title', 'Labels', 'text', repeat('Print the label. ', 20))),
        '{}'
    FROM generate_series(1, %(count)s) AS n RETURNING id, day, kind
), chosen AS (
    INSERT INTO reviews_sample (assistant_id, conversation_id, answer_index, reason, probability,
        stratum, day, kind, chosen_at)
    SELECT %(assistant)s, id, 1, 'random', 0.5, kind, day, kind, now() FROM chats RETURNING id
)
INSERT INTO reviews_assignment (assistant_id, sample_id, slot, purpose, state, priority, created_at)
SELECT %(assistant)s, id, 1, 'review', 'open', 100, now() FROM chosen
"""


def team() -> tuple[Assistant, str]:
    """A team with an assistant and a key that may send."""
    row = Team.objects.create(name="Bench", slug="bench", time_zone="Europe/London")
    assistant = Assistant.objects.create(team=row, name="Bench", slug="bench")
    key, secret = make_key(
        team=row, name="bench", scopes=[Scope.INGEST], by=None, at=timezone.now()
    )
    AssistantKey.objects.create(api_key=key, assistant=assistant)
    policy_of(assistant)
    return assistant, secret


def desk(assistant: Assistant) -> Desk:
    """A published definition, and the levels of a good answer."""
    now = timezone.now()
    draft = save_draft(assistant=assistant, text=TEMPLATE, by=None, at=now)
    version = published_version(publish(draft=draft, change="", why="", by=None, at=now).pk)
    levels = {criterion.pk: criterion.levels[0].pk for criterion in version.criteria}
    return Desk(assistant.pk, version.pk, levels)


def people(assistant: Assistant, count: int) -> list[Reviewer]:
    """Reviewers with real sessions."""
    rows = []
    for number in range(count):
        user = User.objects.create_user(f"r{number}@bench.example", None, name=f"R {number}")
        Membership.objects.create(team=assistant.team, user=user, role=Role.REVIEWER)
        rows.append(sign_in(user))
    return rows


def sign_in(user: User) -> Reviewer:
    """A real session, as after signing in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.set_expiry(timedelta(seconds=settings.SESSION_COOKIE_AGE))
    session.save()
    return Reviewer(user.pk, session.session_key or "", _get_new_csrf_string())


def items(assistant: Assistant, count: int, name: str) -> None:
    """So many waiting answers, by one statement."""
    with connection.cursor() as cursor:
        cursor.execute(ITEMS, {"assistant": assistant.pk, "count": count, "name": name})
        cursor.execute("ANALYZE")
