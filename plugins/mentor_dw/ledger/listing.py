"""The ledger as JSON, for `mentor-dw status`, the portal and reports. No personal values: the ledger holds none."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import psycopg

from mentor_dw.config import COPENHAGEN

Connection = psycopg.Connection[dict[str, Any]]

_ONCE_ACCEPTED = "d.status in ('accepted', 'superseded')"


def deliveries_as_json(connection: Connection) -> list[dict[str, Any]]:
    """Every ledger row in the order of arrival, times as ISO 8601 in Copenhagen."""
    return [as_json(row) for row in connection.execute("select d.* from ops.delivery as d order by d.delivery_id")]


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    """One ledger row with times as text."""
    return {name: local_time(value) if isinstance(value, datetime) else value for name, value in row.items()}


def local_time(moment: datetime) -> str:
    """ISO 8601 in Copenhagen, with offset and milliseconds."""
    return moment.astimezone(COPENHAGEN).isoformat(timespec="milliseconds")


def quarantine_as_json(connection: Connection, delivery_id: int | None = None) -> list[dict[str, Any]]:
    """Rows set aside, one entry per row with its first finding; `all_rules` names every rule it breaks.

    Without `delivery_id`: of every delivery that was accepted and not withdrawn. With it: of that one, also when it
    was refused (then the first rows of each rule only).
    """
    return connection.execute(
        f"""
        select
            d.delivery_id,
            d.source,
            d.file_name,
            d.covers,
            d.version,
            q.member,
            q.line_number,
            (array_agg(q.field order by q.finding_no))[1] as field,
            (array_agg(q.rule order by q.finding_no))[1] as rule,
            (array_agg(q.masked_value order by q.finding_no))[1] as masked_value,
            array_agg(concat_ws(': ', q.field, q.rule) order by q.finding_no) as all_rules
        from ops.quarantined_row as q
        inner join ops.delivery as d on q.delivery_id = d.delivery_id
        where
            (%(delivery_id)s::bigint is null and {_ONCE_ACCEPTED})
            or d.delivery_id = %(delivery_id)s::bigint
        group by d.delivery_id, d.source, d.file_name, d.covers, d.version, q.member, q.line_number
        order by d.delivery_id, q.member, q.line_number
        """,
        {"delivery_id": delivery_id},
    ).fetchall()


def warnings(connection: Connection) -> list[dict[str, Any]]:
    """What was kept and counted: source, file_name, delivery_id, status, member, warning, rows."""
    return connection.execute(
        f"""
        select
            d.source,
            d.file_name,
            d.delivery_id,
            d.status,
            m.key as member,
            w.key as warning,
            w.value::bigint as rows
        from ops.delivery as d
        cross join lateral jsonb_each(d.warnings) as m
        cross join lateral jsonb_each_text(m.value) as w
        where {_ONCE_ACCEPTED}
        order by d.delivery_id, m.key, w.key
        """
    ).fetchall()


def drift(connection: Connection) -> list[dict[str, Any]]:
    """Members and columns that the feed does not know: source, file_name, delivery_id, status, member, column."""
    return connection.execute(
        f"""
        select
            d.source,
            d.file_name,
            d.delivery_id,
            d.status,
            x.value ->> 'member' as member,
            x.value ->> 'column' as column
        from ops.delivery as d
        cross join lateral jsonb_array_elements(d.drift) as x
        where {_ONCE_ACCEPTED}
        order by d.delivery_id, member, x.value ->> 'column' nulls first
        """
    ).fetchall()


def quarantine_by_rule(connection: Connection, delivery_id: int | None = None) -> list[dict[str, Any]]:
    """Rows set aside by delivery, member, rule and field: delivery_id, source, file_name, member, rule, field, rows.

    Of every delivery that was accepted and not withdrawn, or of one. A row that breaks several rules is counted in
    each.
    """
    return connection.execute(
        f"""
        select
            d.delivery_id, d.source, d.file_name, q.member, q.rule, coalesce(q.field, '') as field,
            count(distinct q.line_number) as rows
        from ops.quarantined_row as q
        inner join ops.delivery as d on q.delivery_id = d.delivery_id
        where
            (%(delivery_id)s::bigint is null and {_ONCE_ACCEPTED})
            or d.delivery_id = %(delivery_id)s::bigint
        group by d.delivery_id, d.source, d.file_name, q.member, q.rule, coalesce(q.field, '')
        order by d.delivery_id desc, rows desc, q.member, q.rule, field
        """,
        {"delivery_id": delivery_id},
    ).fetchall()


def quarantined_lines(
    connection: Connection, delivery_id: int, member: str, rule: str, first: int, most: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many findings of one rule in one member there are, and `most` of them after the `first`: line_number, field,
    masked_value."""
    asked = (delivery_id, member, rule)
    where = "where delivery_id = %s and member = %s and rule = %s"
    counted = connection.execute(f"select count(*) as rows from ops.quarantined_row {where}", asked).fetchone()
    rows = connection.execute(
        f"select line_number, field, masked_value from ops.quarantined_row {where}"
        " order by line_number, finding_no limit %s offset %s",
        (*asked, most, first),
    ).fetchall()
    return (counted["rows"] if counted else 0), rows


def newest_of_name(connection: Connection, file_name: str) -> int | None:
    """The number of the newest delivery of that name; None when none came."""
    row = connection.execute(
        "select max(delivery_id) as delivery_id from ops.delivery where file_name = %s", (file_name,)
    ).fetchone()
    return row["delivery_id"] if row else None


def newest_deliveries(
    connection: Connection, source: str | None, status: str | None, first: int, most: int
) -> tuple[int, list[dict[str, Any]]]:
    """How many deliveries there are of a source and with a status (None: any), and `most` of them after the `first`,
    the newest first, as rows of ops.delivery."""
    asked = {"source": source, "status": status, "first": first, "most": most}
    where = "where source = coalesce(%(source)s::text, source) and status = coalesce(%(status)s::text, status)"
    counted = connection.execute(f"select count(*) as rows from ops.delivery {where}", asked).fetchone()
    rows = connection.execute(
        f"select d.* from ops.delivery as d {where} order by d.delivery_id desc limit %(most)s offset %(first)s", asked
    ).fetchall()
    return (counted["rows"] if counted else 0), rows
