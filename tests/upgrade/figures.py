"""The figures that an upgrade must not change, as SQL that every version's tables answer.

No Django here: `make.py` asks an old version's database, the test asks the same one after today's
migrations. A figure of tables that a version did not have is left out.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql

EVERY: dict[str, LiteralString] = {
    "people": "SELECT email, name, md5(password), role FROM accounts_user u"
    " JOIN accounts_membership m ON m.user_id = u.id ORDER BY email",
    "conversations": "SELECT day, kind, count(*), md5(string_agg(external_id || messages::text"
    " || passages::text, '' ORDER BY external_id)) FROM ingestion_conversation"
    " GROUP BY 1, 2 ORDER BY 1, 2",
    "traffic": "SELECT day, kind, conversations, answers, represented FROM ingestion_daycount"
    " ORDER BY 1, 2",
    "signals": "SELECT name, value, count(*) FROM ingestion_signal GROUP BY 1, 2 ORDER BY 1, 2",
    "samples": "SELECT reason, count(*), sum(1 / probability ORDER BY id) FROM reviews_sample"
    " GROUP BY 1 ORDER BY 1",
    "grades": "SELECT email, verdict, count(*), sum(seconds),"
    " md5(string_agg(note, '' ORDER BY g.id)) FROM reviews_grade g"
    " JOIN accounts_user u ON u.id = g.reviewer_id GROUP BY 1, 2 ORDER BY 1, 2",
    "rollups": "SELECT day, kind, reason, v.number, email, place, sum(good), sum(not_good),"
    " sum(cannot_judge), sum(weight), sum(weight_good), sum(weight_squared) FROM reviews_rollup r"
    " JOIN reviews_definitionversion v ON v.id = r.version_id"
    " JOIN accounts_user u ON u.id = r.reviewer_id"
    " GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6",
    "levels": "SELECT kind, c.key, l.standing, went_wrong, sum(grades)"
    " FROM reviews_criterionrollup r JOIN reviews_criterion c ON c.id = r.criterion_id"
    " LEFT JOIN reviews_level l ON l.id = r.level_id GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
    "definition": "SELECT number, v.status, c.key, is_critical, l.standing, anchor"
    " FROM reviews_definitionversion v JOIN reviews_criterion c ON c.version_id = v.id"
    " JOIN reviews_level l ON l.criterion_id = c.id ORDER BY number, c.position, l.value",
    "flags": "SELECT reason, is_urgent, count(*), count(conversation_id) FROM reviews_flag"
    " GROUP BY 1, 2 ORDER BY 1, 2",
    "owners": "SELECT p.name, p.kind, email, review_by FROM reviews_part p"
    " LEFT JOIN reviews_partownership o ON o.part_id = p.id"
    " LEFT JOIN accounts_user u ON u.id = o.owner_id ORDER BY p.name, at",
    "reports": "SELECT kind, week, as_of, md5(content::text) FROM reviews_report ORDER BY 1, 2",
    "mails": "SELECT kind, week, email, sent_at IS NOT NULL FROM reviews_reportdelivery d"
    " JOIN reviews_report r ON r.id = d.report_id JOIN accounts_user u ON u.id = d.recipient_id"
    " ORDER BY 1, 2, 3",
    "journal": "SELECT count(*) FROM accounts_auditentry",
}
SINCE_0_2: dict[str, LiteralString] = {
    "signals of all traffic": "SELECT day, kind, conversations, did_not_answer, log_length, scored,"
    " top_score, timed, log_latency, counted_tokens, tokens, priced, cost FROM ingestion_daysignals"
    " ORDER BY 1, 2",
    "flagged traffic": "SELECT day, kind, sum(conversations), sum(answers)"
    " FROM reviews_flaggedcount GROUP BY 1, 2 ORDER BY 1, 2",
    "incidents": "SELECT number, i.kind, all_kinds, title, state, outcome, found_day, onset_best,"
    " onset_low, onset_high, email, r.name FROM reviews_incident i"
    " LEFT JOIN accounts_user u ON u.id = i.owner_id"
    " LEFT JOIN ingestion_release r ON r.id = i.release_id ORDER BY number",
    "incident log": "SELECT what, count(*) FROM reviews_incidentevent GROUP BY 1 ORDER BY 1",
    "assessments": "SELECT day, reading, evidence, line, md5(content::text)"
    " FROM reviews_assessment ORDER BY as_of, id",
}


def figures_of(version: str) -> dict[str, LiteralString]:
    """The figures that this version's tables hold.

    >>> sorted(figures_of("0.2.0").keys() - figures_of("0.1.0").keys())[0]
    'assessments'
    """
    return EVERY if version == "0.1.0" else EVERY | SINCE_0_2


def _plain(value: Any) -> Any:
    """As JSON holds it: the same from a database and from a file; sums to nine digits, because
    rows may be added up in another order."""
    if isinstance(value, datetime):
        return value.timestamp()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | int):
        return value
    return float(f"{value:.9g}")


def read(database_url: str, version: str) -> dict[str, list[list[Any]]]:
    """Every figure of the database, in rows."""
    with psycopg.connect(database_url) as connection:
        return {
            name: [[_plain(value) for value in row] for row in connection.execute(sql.SQL(query))]
            for name, query in figures_of(version).items()
        }
