"""The verdict on a wide delivery whose parts are landed: keys that stand there twice, the profile, and the counts.

Rows were judged while they were read; here the parts are put together.
"""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.feeds import Feed
from mentor_dw.landing.wide_counts import PartCounts
from mentor_dw.landing.wide_load import ALL_FINDINGS_OF
from mentor_dw.landing.wide_tables import SEEN, landed_table
from mentor_dw.ledger.counting import Counting
from mentor_dw.masking import mask_value
from mentor_dw.validation.judge import too_many_bad_rows
from mentor_dw.validation.verdict import MemberCount, Verdict
from mentor_dw.validation.wide_rules import KEY_TWICE, Check, profile_warnings, wide_rules

Connection = psycopg.Connection[dict[str, Any]]

#: A wide delivery is one file; its rows belong to no member.
FILE = ""
#: The part that findings have which show only when all parts are there.
_ALL_PARTS = 0


def find_keys_twice(
    connection: Connection, feed: Feed, delivery_id: int, parts: list[int], *, keeps_everybody: bool
) -> int:
    """Name every line whose person stands on an earlier line, over all parts; how many rows share their person.

    Where everybody has a key, the key tells; elsewhere the look-up value that was kept of each line for this.
    """
    table, column = ("person", "person_key") if keeps_everybody else (SEEN, "seen")
    lines = sql.SQL(" union all ").join(
        sql.SQL("select {} as person, line_number from {}").format(
            sql.Identifier(column), landed_table(feed.source, table, delivery_id, part)
        )
        for part in parts
    )
    key = next(rule for rule in wide_rules(feed) if rule.kind == "key")
    connection.execute("set local work_mem = '256MB'")
    connection.execute(
        "delete from landing.wide_finding where delivery_id = %s and part = %s", (delivery_id, _ALL_PARTS)
    )
    row = connection.execute(
        sql.SQL(
            """
            with every as not materialized ({lines}),
            shared as (select person from every group by person having count(*) > 1),
            placed as (
                select e.line_number, row_number() over (partition by e.person order by e.line_number) as place
                from every as e
                inner join shared as s on e.person = s.person
            ),
            later as (
                insert into landing.wide_finding
                    (delivery_id, part, line_number, finding_no, rule_id, field, rule, masked_value)
                select %(delivery_id)s, %(part)s, line_number, 1, %(rule_id)s, %(field)s, %(rule)s, %(value)s
                from placed
                where place > 1
            )
            select count(*) as shared from placed
            """
        ).format(lines=lines),
        {
            "delivery_id": delivery_id,
            "part": _ALL_PARTS,
            "rule_id": key.rule_id,
            "field": key.field,
            "rule": KEY_TWICE,
            "value": mask_value("0" * 10, personal=True),
        },
    ).fetchone()
    return row["shared"] if row else 0


def write_profile(connection: Connection, delivery_id: int, checks: list[Check]) -> None:
    """Put the profile where Great Expectations sees it once the caller's transaction is committed."""
    connection.execute("delete from landing.wide_profile")
    with (
        connection.cursor() as cursor,
        cursor.copy("copy landing.wide_profile (check_id, delivery_id, value, lowest, highest) from stdin") as copy,
    ):
        for check in checks:
            copy.write_row((check.check_id, delivery_id, check.value, check.lowest, check.highest))


def keep_profile(connection: Connection, delivery_id: int) -> None:
    """Keep the profile for the delivery that comes after this one."""
    connection.execute("delete from ops.wide_profile where delivery_id = %s", (delivery_id,))
    connection.execute(
        "insert into ops.wide_profile (delivery_id, check_id, value, lowest, highest)"
        " select delivery_id, check_id, value, lowest, highest from landing.wide_profile where delivery_id = %s",
        (delivery_id,),
    )


def profile_before(connection: Connection, before: Counting | None) -> dict[str, float]:
    """The values of the profile of the delivery `before`, by check_id; empty when there is none."""
    if before is None:
        return {}
    rows = connection.execute(
        "select check_id, value from ops.wide_profile where delivery_id = %s", (before.delivery_id,)
    ).fetchall()
    return {row["check_id"]: float(row["value"]) for row in rows}


def judge_wide(
    connection: Connection, feed: Feed, row: dict[str, Any], counts: PartCounts, checks: list[Check], kept: int
) -> Verdict:
    """The verdict on the delivery of the ledger's `row`, after `find_keys_twice`.

    `kept` are the lines that stay, those of `find_keys_twice` left out.
    """
    later = connection.execute(
        "select count(*) as rows from landing.wide_finding where delivery_id = %s and part = %s",
        (row["delivery_id"], _ALL_PARTS),
    ).fetchone()
    assert later is not None
    bad = counts.bad_rows + later["rows"]
    rules = wide_rules(feed)
    key = next(rule for rule in rules if rule.kind == "key")
    quarantined = {rule.rule_id: counts.by_first_rule[rule.rule_id] for rule in rules} | {key.rule_id: later["rows"]}
    warnings = {rule.rule: counts.warnings[rule.rule] for rule in rules if counts.warnings[rule.rule]}
    warnings |= profile_warnings(feed, checks)
    uoplyst = {name: number for name, number in counts.uoplyst.items() if number}
    verdict = Verdict(
        members={FILE: MemberCount(counts.rows_read, bad, counts.rows_read - bad - kept)},
        counts=_counts(connection, row["delivery_id"], counts, checks, feed),
        quarantined={rule_id: rows for rule_id, rows in quarantined.items() if rows},
        warnings={FILE: warnings} if warnings else {},
        unknown_values={FILE: uoplyst} if uoplyst else {},
        rules=rules,
    )
    verdict.refusal = too_many_bad_rows(feed, verdict, FILE, row["file_name"])
    return verdict


def keep_wide_findings(connection: Connection, delivery_id: int, most_per_rule: int | None = None) -> None:
    """Write the findings to ops.quarantined_row. `most_per_rule` keeps the first rows of each rule only."""
    connection.execute("delete from ops.quarantined_row where delivery_id = %s", (delivery_id,))
    connection.execute(
        """
        insert into ops.quarantined_row (delivery_id, member, line_number, finding_no, field, rule, masked_value)
        select ranked.delivery_id, %(member)s, line_number, finding_no, field, rule, masked_value
        from (
            select f.*, row_number() over (partition by f.rule_id order by f.line_number, f.finding_no) as place
            from landing.wide_finding as f
            where f.delivery_id = %(delivery_id)s
        ) as ranked
        where ranked.place <= coalesce(%(most)s::bigint, ranked.place)
        """,
        {"delivery_id": delivery_id, "member": FILE, "most": most_per_rule},
    )


def drop_later_lines(connection: Connection, feed: Feed, delivery_id: int, parts: list[int]) -> int:
    """Take the lines of `find_keys_twice` out of what is landed; how many of them were kept."""
    lines = connection.execute(
        "select coalesce(array_agg(line_number), '{}') as lines from landing.wide_finding"
        " where delivery_id = %s and part = %s",
        (delivery_id, _ALL_PARTS),
    ).fetchone()
    if not lines or not lines["lines"]:
        return 0
    dropped = 0
    with connection.cursor(row_factory=tuple_row) as cursor:
        for part in parts:
            cursor.execute(
                sql.SQL("delete from {} where line_number = any(%s) returning person_key").format(
                    landed_table(feed.source, "person", delivery_id, part)
                ),
                (lines["lines"],),
            )
            persons = [person_key for (person_key,) in cursor.fetchall()]
            dropped += len(persons)
            for table in ("forsoergelse", "beskaeftigelse"):
                # Found by person, which has an index, and there only the lines that came later.
                cursor.execute(
                    sql.SQL("delete from {} where person_key = any(%s) and line_number = any(%s)").format(
                        landed_table(feed.source, table, delivery_id, part)
                    ),
                    (persons, lines["lines"]),
                )
    return dropped


def _counts(
    connection: Connection, delivery_id: int, counts: PartCounts, checks: list[Check], feed: Feed
) -> dict[str, int]:
    """What each rule concerns, as our side of the comparison: rows are counted anew from what is set aside."""
    found = {
        row["rule_id"]: row["rows"]
        for row in connection.execute(
            "select rule_id, count(distinct (part, line_number)) as rows from landing.wide_finding"
            " where delivery_id = %s and part <> %s group by rule_id",
            (delivery_id, _ALL_PARTS),
        )
    }
    by_id = {check.check_id: check for check in checks}
    ours = {}
    for rule in wide_rules(feed):
        check = by_id[rule.rule_id]
        if rule.kind == "profile":
            ours[rule.rule_id] = int(check.is_outside)
        elif rule.kind == "row" and rule.severity == "critical" and counts.bad_rows <= ALL_FINDINGS_OF:
            ours[rule.rule_id] = found.get(rule.rule_id, 0)
        else:
            ours[rule.rule_id] = int(check.value)
    return ours
