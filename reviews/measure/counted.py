"""Which grade of an answer is the first, and what is gold: the one place that says it, in SQL.

Who is first follows from what stands now: a lead who decided an answer that nobody has graded gave
the first grade. Gold is only what two blind reviews of an answer drawn for both come to
(STATISTICS 2), never what an appeal or a skipped answer came to: 1 failed, 0 did not, -1 is not
known, -2 where the two differ and nobody has decided.
"""

from __future__ import annotations

# Goes on from a table `chosen` (of samples: id, day, kind, reason, probability, flagged) to
# `counted`: its standing grades, each with its `place` and the `gold` of its answer; with
# %(reasons)s, those for which two people may look at an answer blind.
COUNTED = """
standing AS (
    SELECT g.id, g.version_id, g.reviewer_id, g.verdict, a.purpose,
        chosen.id AS sample_id, chosen.day, chosen.kind, chosen.reason, chosen.probability,
        chosen.flagged,
        row_number() OVER (PARTITION BY chosen.id, a.purpose ORDER BY a.done_at, a.id) AS turn,
        count(*) FILTER (WHERE a.purpose = 'review') OVER sample AS reviews,
        count(*) FILTER (WHERE is_blind AND g.verdict = 'good') OVER sample AS blind_good,
        count(*) FILTER (WHERE is_blind AND g.verdict = 'not_good') OVER sample AS blind_bad
    FROM chosen
    JOIN reviews_assignment a ON a.sample_id = chosen.id AND a.state = 'done'
    JOIN reviews_grade g ON g.assignment_id = a.id
    CROSS JOIN LATERAL (SELECT chosen.reason = ANY(%(reasons)s) AND a.purpose = 'review'
        AND a.slot IN (1, 2) AS is_blind) AS pair
    WHERE g.verdict <> 'withdrawn'
      AND NOT EXISTS (SELECT FROM reviews_grade later WHERE later.supersedes_id = g.id)
    WINDOW sample AS (PARTITION BY chosen.id)
), decided AS (
    SELECT DISTINCT ON (sample_id) sample_id, verdict
    FROM standing WHERE purpose = 'adjudication' ORDER BY sample_id, id DESC
), counted AS MATERIALIZED (
    SELECT standing.*,
        CASE WHEN purpose = 'adjudication' AND (reviews > 0 OR turn > 1) THEN 'adjudication'
             WHEN turn = 1 THEN 'first'
             ELSE 'second' END AS place,
        CASE WHEN blind_good + blind_bad < 2 THEN -1
             WHEN blind_bad = 0 THEN 0
             WHEN blind_good = 0 THEN 1
             WHEN decided.verdict = 'good' THEN 0
             WHEN decided.verdict = 'not_good' THEN 1
             WHEN decided.verdict IS NULL THEN -2
             ELSE -1 END AS gold
    FROM standing LEFT JOIN decided USING (sample_id)
)
"""
