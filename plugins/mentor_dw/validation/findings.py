"""The findings of a judged delivery: counted by rule, and those of quarantined rows kept, masked.

Works on the temporary tables `finding` and `bad_row` that judge.py fills, in the same transaction.
"""

from __future__ import annotations

from typing import Any

import psycopg

from mentor_dw.feeds import Feed, table_name
from mentor_dw.masking import mask_value
from mentor_dw.validation.rule import Rule
from mentor_dw.validation.verdict import Verdict

#: Of a refused delivery only so many findings per rule are kept: enough to see what is wrong with it.
FINDINGS_KEPT_OF_A_REFUSED = 100


def quarantined_by_rule(connection: psycopg.Connection[dict[str, Any]], rules: list[Rule]) -> dict[str, int]:
    """Rows set aside by the rule that is shown first for them."""
    critical = [number for number, rule in enumerate(rules) if rule.severity == "critical"]
    rows = connection.execute(
        """
        select first.rule_no, count(*) as rows
        from (
            select min(rule_no) as rule_no
            from finding
            where rule_no = any(%(critical)s)
            group by member, line_number
        ) as first
        group by first.rule_no
        order by first.rule_no
        """,
        {"critical": critical},
    ).fetchall()
    return {rules[row["rule_no"]].rule_id: row["rows"] for row in rows}


def warnings_of_kept_rows(
    connection: psycopg.Connection[dict[str, Any]], rules: list[Rule]
) -> dict[str, dict[str, int]]:
    """Warnings on rows that are kept: member to rule to rows."""
    numbers = [number for number, rule in enumerate(rules) if rule.severity == "warning"]
    rows = connection.execute(
        """
        select f.rule_no, count(*) as rows
        from finding as f
        left join bad_row as b on f.member = b.member and f.line_number = b.line_number
        where f.rule_no = any(%(numbers)s) and b.member is null
        group by f.rule_no
        order by f.rule_no
        """,
        {"numbers": numbers},
    ).fetchall()
    warnings: dict[str, dict[str, int]] = {}
    for row in rows:
        rule = rules[row["rule_no"]]
        warnings.setdefault(rule.member, {})[rule.rule] = row["rows"]
    return warnings


def unknown_values(
    connection: psycopg.Connection[dict[str, Any]], delivery_id: int, feed: Feed
) -> dict[str, dict[str, int]]:
    """Kept rows where an empty value stands for uoplyst: member to field to rows."""
    unknown: dict[str, dict[str, int]] = {}
    for name, member in feed.members.items():
        fields = [spec.name for spec in member.fields if spec.empty_means]
        if not fields:
            continue
        row = connection.execute(
            f"""
            select {", ".join(f"count(*) filter (where l.{column} is null) as {column}" for column in fields)}
            from landing.{table_name(feed.source, name)} as l
            where
                l.delivery_id = %(delivery_id)s
                and not exists (
                    select 1 from bad_row as b where b.member = %(member)s and b.line_number = l.line_number
                )
            """,
            {"delivery_id": delivery_id, "member": name},
        ).fetchone()
        found = {column: count for column, count in (row or {}).items() if count}
        if found:
            unknown[name] = found
    return unknown


def keep_findings(
    connection: psycopg.Connection[dict[str, Any]], delivery_id: int, verdict: Verdict, most_per_rule: int | None = None
) -> None:
    """Write the findings of quarantined rows to ops.quarantined_row, first finding first, values masked.

    Called after `judge` in the same transaction. `most_per_rule` keeps the first rows of each rule only.
    """
    critical = [number for number, rule in enumerate(verdict.rules) if rule.severity == "critical"]
    rows = connection.execute(
        """
        select ranked.member, ranked.line_number, ranked.rule_no, ranked.finding_no, ranked.value
        from (
            select
                member,
                line_number,
                rule_no,
                value,
                row_number() over (partition by member, line_number order by rule_no) as finding_no,
                row_number() over (partition by rule_no order by line_number) as place
            from finding
            where rule_no = any(%(critical)s)
        ) as ranked
        where ranked.place <= coalesce(%(most)s, ranked.place)
        """,
        {"critical": critical, "most": most_per_rule},
    ).fetchall()
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy ops.quarantined_row (delivery_id, member, line_number, finding_no, field, rule, masked_value)"
            " from stdin"
        ) as copy,
    ):
        for row in rows:
            rule = verdict.rules[row["rule_no"]]
            shown = mask_value(row["value"], personal=rule.personal)
            copy.write_row(
                (delivery_id, row["member"], row["line_number"], row["finding_no"], rule.field, rule.rule, shown)
            )
