"""Compare what Great Expectations and our own SQL counted, and keep both counts."""

from __future__ import annotations

from typing import Any

import psycopg

from mentor_dw.errors import MentorDwError
from mentor_dw.validation.gx_suite import GxOutcome
from mentor_dw.validation.judge import Verdict


def record_counts(
    connection: psycopg.Connection[dict[str, Any]], delivery_id: int, verdict: Verdict, outcome: GxOutcome
) -> None:
    """Write both counts of every rule to ops.validation, replacing those of an earlier judgement.

    Raises MentorDwError when a rule was counted differently or by one side only: then the rules are wrong, and
    nothing about the delivery may be decided.
    """
    ours, theirs = verdict.counts, outcome.counts
    different = sorted(rule_id for rule_id in ours.keys() | theirs.keys() if ours.get(rule_id) != theirs.get(rule_id))
    if different:
        named = "; ".join(
            f"{rule_id}: SQL {ours.get(rule_id, 'none')}, Great Expectations {theirs.get(rule_id, 'none')}"
            for rule_id in different[:5]
        )
        raise MentorDwError(
            f"The two judges disagree about {len(different)} rules of delivery {delivery_id} ({named}).",
            "Nothing was decided. Mend the rule in validation/rules.py or its expectation, and take the file again.",
        )
    connection.execute("delete from ops.validation where delivery_id = %(id)s", {"id": delivery_id})
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "copy ops.validation"
            " (delivery_id, rule_id, member, field, rule, severity, rows_judged, gx_count, sql_count) from stdin"
        ) as copy,
    ):
        for rule in verdict.rules:
            copy.write_row(
                (
                    delivery_id,
                    rule.rule_id,
                    rule.member,
                    rule.field,
                    rule.rule,
                    rule.severity,
                    verdict.members[rule.member].rows_read,
                    theirs[rule.rule_id],
                    ours[rule.rule_id],
                )
            )
