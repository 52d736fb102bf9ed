"""The statements of `bench.million`: pure SQL over generate_series."""

from __future__ import annotations

# 4,000 texts of each sort: 200,000 words by rank, few of them common, and some in every text.
POOL = (
    "DROP TABLE IF EXISTS pool",
    """
CREATE TEMPORARY TABLE pool AS
WITH text AS (
    SELECT n, sort, (
        SELECT string_agg(substr(translate(md5(r::text), '0123456789', 'ghijklmnop'), 1, 3 + r % 7),
            ' ' ORDER BY place)
        FROM generate_series(1, CASE sort WHEN 0 THEN 42 WHEN 1 THEN 170 ELSE 85 END) AS place
        CROSS JOIN LATERAL (SELECT (199999 * power((hashint8(n * 7919 + sort * 104729 + place * 31)
            & 1048575) / 1048576.0::float8, 10))::int AS r) AS drawn
    ) AS text
    FROM generate_series(0, 3999) AS n, generate_series(0, 2) AS sort
), said AS (
    SELECT n, 'Can I have the answer to this? ' || max(text) FILTER (WHERE sort = 0) AS question,
        'The answer to your order is: ' || max(text) FILTER (WHERE sort = 1) AS answer,
        max(text) FILTER (WHERE sort = 2) AS passage
    FROM text GROUP BY n
)
SELECT n::int AS number, question, answer, passage, to_tsvector('simple', question) AS asked,
    to_tsvector('simple', answer) AS answered
FROM said
""",
    "ALTER TABLE pool ADD PRIMARY KEY (number)",
    "ANALYZE pool",
)

# `day` is what the team's calendar says of `started_at`; ids are the same for the same n.
TEXTS = """
INSERT INTO ingestion_conversation (assistant_id, external_id, started_at, day, received_at, kind,
    channel, language, model, prompt_version, retrieval_version, tokens_in, tokens_out, latency_ms,
    cost, user_hash, ticket_ref, sample_rate, answers, messages, passages, attributes)
SELECT %(assistant)s, 'chat-' || n, at.at, (at.at AT TIME ZONE 'Europe/London')::date, at.at,
    (ARRAY['Returns', 'Delivery', 'Sizing', 'Account', 'Payments', 'Gifts', 'Warranty', ''])
        [1 + (hashint8(n) & 7)],
    (ARRAY['web', 'app', 'mail'])[1 + n %% 3], (ARRAY['en', 'de'])[1 + (n %% 5) / 4],
    'model-' || month, 'p' || month * 2, 'index-' || month,
    400 + n %% 300, 200 + n %% 200, 900 + n %% 2000, 0.002, md5((n %% 200000)::text) || md5('u'),
    'T-' || 100000 + n, 1, 1,
    jsonb_build_array(
        jsonb_build_object('role', 'user', 'content', q.question),
        jsonb_build_object('role', 'assistant', 'content', a.answer)),
    jsonb_build_array(
        jsonb_build_object('title', 'One', 'text', q.passage, 'score', 0.7),
        jsonb_build_object('title', 'Two', 'text', a.passage, 'score', 0.6),
        jsonb_build_object('title', 'Three', 'text', p.passage, 'score', 0.5)),
    jsonb_build_object('plan', 'basic', 'shop', 'shop-' || n %% 40)
FROM generate_series(%(first)s, %(last)s) AS n
CROSS JOIN LATERAL (SELECT %(at)s::timestamptz - interval '1 day' * %(days)s
    * (1 - n::float8 / %(size)s) AS at) AS at
CROSS JOIN LATERAL (SELECT n::bigint * 6 / (%(size)s + 1) AS month) AS month
JOIN pool q ON q.number = (hashint8(n) & 2147483647) %% 4000
JOIN pool a ON a.number = (hashint8(n * 3 + 1) & 2147483647) %% 4000
JOIN pool p ON p.number = (hashint8(n * 5 + 2) & 2147483647) %% 4000
"""
# What the digest would store, put together from the texts' words: many times faster.
WORDS = """
INSERT INTO ingestion_searchentry (conversation_id, assistant_id, started_at, ticket_ref, words)
SELECT c.id, c.assistant_id, c.started_at, c.ticket_ref,
    to_tsvector('simple', c.external_id || ' ' || c.ticket_ref) || q.asked || a.answered
FROM generate_series(%(first)s, %(last)s) AS n
JOIN ingestion_conversation c
    ON c.assistant_id = %(assistant)s AND c.external_id = 'chat-' || n
JOIN pool q ON q.number = (hashint8(n) & 2147483647) %% 4000
JOIN pool a ON a.number = (hashint8(n * 3 + 1) & 2147483647) %% 4000
"""
# Flags and signals of these conversations, and of those drawn a sample.
PEOPLES = (
    """
INSERT INTO ingestion_signal (assistant_id, external_id, conversation_ref, conversation_id, name,
    value, is_negative, comment, at, received_at, pulled_at)
SELECT assistant_id, external_id, external_id, id,
    CASE WHEN n %% 3 = 0 THEN 'escalation' ELSE 'thumbs' END, CASE WHEN n %% 3 = 0 THEN 1
         WHEN n %% 2 = 0 THEN 1 ELSE -1 END, n %% 3 = 0 OR n %% 2 <> 0, '',
    started_at, started_at, started_at
FROM (SELECT c.*, substr(external_id, 6)::bigint AS n FROM ingestion_conversation c
      WHERE assistant_id = %(assistant)s AND external_id IN (
          SELECT 'chat-' || n FROM generate_series(%(first)s, %(last)s) AS n WHERE n %% 17 = 0)) c
""",
)

DRAWN = "n %% 12 = 0"
FLAGGED = "n %% 62 = 1"
HISTORY = (
    (
        "day counts",
        """
WITH days AS (
    INSERT INTO ingestion_daycount (assistant_id, day, kind, conversations, answers, represented)
    SELECT assistant_id, day, kind, count(*), sum(answers), count(*)
    FROM ingestion_conversation GROUP BY assistant_id, day, kind RETURNING *
)
INSERT INTO ingestion_daysignals (assistant_id, day, kind, conversations, did_not_answer,
    log_length, scored, top_score, timed, log_latency, counted_tokens, tokens, priced, cost)
SELECT assistant_id, day, kind, conversations, conversations * (20 + (hashint8(id) & 7)) / 1000,
    conversations * (5.1 + (hashint8(id) & 15) / 1000.0), conversations, conversations * 0.7,
    conversations, conversations * 7.5, conversations, conversations * 300.0, conversations,
    conversations * 0.002
FROM days
""",
    ),
    (
        "batches",
        """
INSERT INTO ingestion_intakebatch (assistant_id, received_at, conversation_ids, counted_at,
    pulled_at)
SELECT assistant_id, max(started_at), array_agg(id), max(started_at), max(started_at)
FROM ingestion_conversation
WHERE assistant_id = %(assistant)s AND started_at > %(at)s - interval '7 days'
GROUP BY assistant_id, id / 100
""",
    ),
    (
        "samples",
        f"""
INSERT INTO reviews_sample (assistant_id, conversation_id, answer_index, reason, probability,
    stratum, day, kind, chosen_at)
SELECT assistant_id, id, 1,
    CASE WHEN {DRAWN} THEN CASE WHEN n %% 120 = 0 THEN 'boost' ELSE 'random' END
         WHEN {FLAGGED} THEN 'flagged' WHEN n %% 3 = 0 THEN 'escalated' ELSE 'thumbs_down' END,
    CASE WHEN {DRAWN} THEN 0.0833 WHEN {FLAGGED} THEN 1 ELSE 0.1 END,
    CASE WHEN {DRAWN} THEN kind ELSE '' END, day, kind, started_at
FROM (SELECT id, assistant_id, day, kind, started_at, substr(external_id, 6)::bigint AS n
      FROM ingestion_conversation WHERE assistant_id = %(assistant)s) c
WHERE {DRAWN} OR {FLAGGED} OR n %% 510 = 0
ORDER BY id
""",
    ),
    (
        "flags",
        f"""
INSERT INTO reviews_flag (assistant_id, external_id, conversation_ref, conversation_id,
    pasted_text, reason, note, is_urgent, by_id, by_label, at, received_at, withdrawn_at, sample_id)
SELECT c.assistant_id, c.external_id, c.external_id, c.id, '',
    (ARRAY['wrong_fact', 'incomplete', 'out_of_date'])[1 + n %% 3], '', false,
    (%(agents)s::bigint[])[1 + n %% array_length(%(agents)s::bigint[], 1)], 'Agent',
    c.started_at, c.started_at, CASE WHEN n %% 20 = 0 THEN c.started_at END, s.id
FROM (SELECT c.*, substr(external_id, 6)::bigint AS n FROM ingestion_conversation c
      WHERE assistant_id = %(assistant)s) c
JOIN reviews_sample s ON s.conversation_id = c.id
WHERE {FLAGGED}
ORDER BY c.id
""",
    ),
    (
        "places",
        """
INSERT INTO reviews_assignment (assistant_id, sample_id, slot, purpose, state, priority,
    reviewer_id, claimed_at, done_at, created_at)
SELECT assistant_id, s.id, slot, 'review', state, CASE reason WHEN 'flagged' THEN 50 ELSE 100 END,
    CASE state WHEN 'done' THEN (%(people)s::bigint[])[1 + ((hashint8(s.id) & 1023)
        + slot * (1 + s.id %% 5)) %% array_length(%(people)s::bigint[], 1)] END,
    CASE state WHEN 'done' THEN done_at END, CASE state WHEN 'done' THEN done_at END, chosen_at
FROM reviews_sample s
CROSS JOIN generate_series(1, 2) AS slot
CROSS JOIN LATERAL (SELECT chosen_at + interval '1 hour' * (2 + (hashint8(s.id) & 63)) AS done_at)
    AS later
CROSS JOIN LATERAL (SELECT CASE WHEN done_at < %(at)s THEN 'done' ELSE 'open' END AS state) AS now
WHERE assistant_id = %(assistant)s
  AND (slot = 1 OR (reason IN ('random', 'boost') AND hashint8(s.id) %% 6 = 0))
ORDER BY s.id, slot
""",
    ),
    (
        "grades",
        """
INSERT INTO reviews_grade (assignment_id, reviewer_id, version_id, verdict, note, is_urgent,
    evidence, seconds, graded_at)
SELECT a.id, a.reviewer_id, %(version)s,
    CASE WHEN ((hashint8(s.id) & 1023) < CASE WHEN s.kind = 'Returns'
                   AND s.day > (%(at)s - interval '20 days')::date THEN 300 ELSE 90 END)
              <> ((hashint8(a.id * 13 + 5) & 1023) < 60) THEN 'not_good'
         WHEN a.id %% 97 = 0 THEN 'cannot_judge' ELSE 'good' END,
    CASE WHEN a.id %% 9 = 0 THEN 'The order was not the one asked about.' ELSE '' END, false,
    '[]', 40, a.done_at
FROM reviews_assignment a JOIN reviews_sample s ON s.id = a.sample_id
WHERE a.assistant_id = %(assistant)s AND a.state = 'done'
ORDER BY a.done_at, a.id
""",
    ),
    (
        "decisions",
        """
WITH decided AS (
    INSERT INTO reviews_assignment (assistant_id, sample_id, slot, purpose, state, priority,
        reviewer_id, claimed_at, done_at, created_at)
    SELECT a.assistant_id, a.sample_id, 3, 'adjudication',
        CASE WHEN max(a.done_at) < %(at)s - interval '2 days' THEN 'done' ELSE 'open' END, 10,
        %(lead)s, max(a.done_at), max(a.done_at), max(a.done_at)
    FROM reviews_assignment a JOIN reviews_grade g ON g.assignment_id = a.id
    WHERE a.assistant_id = %(assistant)s
    GROUP BY a.assistant_id, a.sample_id HAVING count(DISTINCT g.verdict) > 1
    RETURNING id, state, done_at
)
INSERT INTO reviews_grade (assignment_id, reviewer_id, version_id, verdict, note, is_urgent,
    evidence, seconds, graded_at)
SELECT id, %(lead)s, %(version)s, CASE WHEN id %% 2 = 0 THEN 'good' ELSE 'not_good' END, '', false,
    '[]', 60, done_at
FROM decided WHERE state = 'done'
""",
    ),
    (
        "open decisions",
        """
UPDATE reviews_assignment SET reviewer_id = NULL, done_at = NULL, claimed_at = NULL
WHERE assistant_id = %(assistant)s AND state = 'open'
""",
    ),
    (
        "levels",
        """
INSERT INTO reviews_criteriongrade (grade_id, criterion_id, level_id, went_wrong)
SELECT g.id, c.id, l.id,
    CASE WHEN l.standing = 'fails'
         THEN (ARRAY['wrong_fact', 'incomplete', 'out_of_date'])[1 + g.id %% 3] ELSE '' END
FROM reviews_assignment a
JOIN reviews_grade g ON g.assignment_id = a.id AND g.verdict <> 'cannot_judge'
JOIN reviews_criterion c ON c.version_id = g.version_id
JOIN reviews_level l ON l.criterion_id = c.id AND l.standing =
    CASE WHEN g.verdict = 'not_good' AND (g.id + c.id) %% 3 = 0 THEN 'fails'
         WHEN hashint8(g.id * 7 + c.id) & 15 = 0 THEN 'partly' ELSE 'meets' END
WHERE a.assistant_id = %(assistant)s
ORDER BY g.id, c.id
""",
    ),
    (
        "entries",  # what triggers keep, which were not asked here
        """
WITH entries AS (
    INSERT INTO reviews_answerentry (grade_id, assistant_id, sample_id, day, kind, reason, channel,
        language, verdict)
    SELECT g.id, s.assistant_id, s.id, s.day, s.kind, s.reason, c.channel, c.language, g.verdict
    FROM reviews_grade g
    JOIN reviews_assignment a ON a.id = g.assignment_id
    JOIN reviews_sample s ON s.id = a.sample_id
    JOIN ingestion_conversation c ON c.id = s.conversation_id
    WHERE s.assistant_id = %(assistant)s
    ORDER BY g.id
)
UPDATE reviews_flag SET is_graded = true
WHERE sample_id IN (SELECT sample_id FROM reviews_assignment WHERE state = 'done')
""",
    ),
    (
        "releases",
        """
INSERT INTO ingestion_release (assistant_id, kind, name, went_live_at, announced, note, link,
    recorded_label, created_at)
SELECT %(assistant)s, (ARRAY['prompt', 'model', 'retrieval'])[1 + n %% 3], 'v' || n,
    %(at)s - interval '6 days' * n, n %% 4 <> 0, 'What changed', '', 'Bench',
    %(at)s - interval '6 days' * n
FROM generate_series(0, 29) AS n
""",
    ),
)
