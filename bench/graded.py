"""Fill the benchmark's database with graded answers, a million in a minute or so.

Rows are made by INSERT .. SELECT, without the checks of foreign keys (they hold by construction):
every conversation is drawn, every sixth goes to a second person, every 33rd is thumbed down and
every 61st flagged.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from ingestion.models import Assistant

KINDS = ("Returns", "Delivery", "Sizing", "Account", "Payments", "Gifts", "Warranty", "")
REVIEWERS = 24

CONVERSATIONS = """
INSERT INTO ingestion_conversation (assistant_id, external_id, started_at, day, kind, channel,
    language, model, prompt_version, retrieval_version, user_hash, ticket_ref, sample_rate,
    answers, messages, passages, attributes)
SELECT %(assistant)s, 'g' || n, day + interval '12 hours', day,
    (%(kinds)s::text[])[1 + n %% 8], 'web', 'en', '2026-10', '43', '', '', '', 1, 1,
    jsonb_build_array(
        jsonb_build_object('role', 'user', 'content', repeat('Can I return it? ', 6)),
        jsonb_build_object('role', 'assistant', 'content', repeat('Yes, in 14 days. ', 14))),
    jsonb_build_array(
        jsonb_build_object('title', 'Returns', 'text', repeat('Store credit. ', 30))), '{}'
FROM generate_series(1, %(count)s) AS n,
    LATERAL (SELECT %(first)s::date + (n::bigint * %(days)s / (%(count)s + 1))::int AS day) AS at
"""
DAY_COUNTS = """
INSERT INTO ingestion_daycount (assistant_id, day, kind, conversations, answers, represented)
SELECT assistant_id, day, kind, count(*), sum(answers), count(*)
FROM ingestion_conversation WHERE assistant_id = %(assistant)s GROUP BY assistant_id, day, kind
"""
THUMBS = """
INSERT INTO ingestion_signal (assistant_id, external_id, conversation_ref, conversation_id, name,
    value, is_negative, comment, at, pulled_at)
SELECT assistant_id, external_id, external_id, id, 'thumbs', -1, true, '', started_at, started_at
FROM ingestion_conversation WHERE assistant_id = %(assistant)s AND id %% 33 = 0
"""
FLAGS = """
INSERT INTO reviews_flag (assistant_id, external_id, conversation_ref, conversation_id, pasted_text,
    reason, note, is_urgent, by_label, at)
SELECT assistant_id, external_id, external_id, id, '', 'wrong_fact', '', false, 'Agent', started_at
FROM ingestion_conversation WHERE assistant_id = %(assistant)s AND id %% 61 = 0
"""
SAMPLES = """
INSERT INTO reviews_sample (assistant_id, conversation_id, answer_index, reason, probability,
    stratum, day, kind, chosen_at)
SELECT assistant_id, id, 1, CASE WHEN id %% 10 = 0 THEN 'boost' ELSE 'random' END,
    CASE WHEN id %% 10 = 0 THEN 0.3 ELSE 0.1 END, kind, day, kind, started_at
FROM ingestion_conversation WHERE assistant_id = %(assistant)s
"""
PLACES = """
INSERT INTO reviews_assignment (assistant_id, sample_id, slot, purpose, state, priority,
    reviewer_id, claimed_at, done_at, created_at)
SELECT assistant_id, id, slot, 'review', 'done', 100,
    (%(people)s::bigint[])[1 + ((hashint8(id) & 1023) + slot) %% %(crowd)s],
    chosen_at, chosen_at, chosen_at
FROM reviews_sample, generate_series(1, 2) AS slot
WHERE assistant_id = %(assistant)s AND (slot = 1 OR id %% 6 = 0)
"""
GRADES = """
INSERT INTO reviews_grade (assignment_id, reviewer_id, version_id, verdict, note, is_urgent,
    evidence, seconds, graded_at)
SELECT id, reviewer_id, %(version)s,
    CASE WHEN (hashint8(id) & 1023) < 120 THEN 'not_good' ELSE 'good' END,
    '', false, '[]', 40, done_at
FROM reviews_assignment WHERE assistant_id = %(assistant)s
"""
LEVELS = """
INSERT INTO reviews_criteriongrade (grade_id, criterion_id, level_id, went_wrong)
SELECT g.id, c.id, l.id,
    CASE WHEN l.standing = 'fails'
         THEN (ARRAY['wrong_fact', 'incomplete', 'out_of_date'])[1 + g.id %% 3] ELSE '' END
FROM reviews_assignment a
JOIN reviews_grade g ON g.assignment_id = a.id
JOIN reviews_criterion c ON c.version_id = g.version_id
JOIN reviews_level l ON l.criterion_id = c.id AND l.standing =
    CASE WHEN g.verdict = 'not_good' AND (g.id + c.id) %% 3 = 0 THEN 'fails'
         WHEN hashint8(g.id * 7 + c.id) & 15 = 0 THEN 'partly' ELSE 'meets' END
WHERE a.assistant_id = %(assistant)s
"""


@dataclass(frozen=True)
class Graded:
    """What an assistant gets: so many answers over `days` from `first`, by these people."""

    assistant: Assistant
    version: int
    people: list[int]
    first: date
    days: int
    count: int

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def values(self) -> dict[str, Any]:
        """For the statements above."""
        return {
            "assistant": self.assistant.pk,
            "version": self.version,
            "people": self.people,
            "crowd": len(self.people),
            "kinds": list(KINDS),
            "first": self.first,
            "days": self.days,
            "count": self.count,
        }


def fill(wanted: Graded) -> None:
    """Conversations with their grades, flags and thumbs; nothing of them is in the rollups yet."""
    steps = (CONVERSATIONS, DAY_COUNTS, THUMBS, FLAGS, SAMPLES, PLACES, GRADES, LEVELS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in steps:
            cursor.execute(statement, wanted.values)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
