"""Find the bad rows of a landed delivery with SQL, and say whether the rest may enter.

The landing table is judged as text. Bad rows end in the temporary table `bad_row` (which the copy into `raw` leaves
out) and their findings, masked, in ops.quarantined_row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from mentor_dw.errors import DeliveryRefused
from mentor_dw.feeds import Feed, MemberSpec, table_name
from mentor_dw.validation.findings import quarantined_by_rule, unknown_values, warnings_of_kept_rows
from mentor_dw.validation.rule import Rule
from mentor_dw.validation.rules import key_column, rules_for
from mentor_dw.validation.verdict import MemberCount, Verdict

#: Hash tables of keys stay in memory for deliveries far above the expected size.
_WORK_MEM = "set local work_mem = '256MB'"

_TEMPORARY = """
create temporary table bad_row (member text not null, line_number bigint not null) on commit drop;
create temporary table finding (
    member text not null,
    line_number bigint not null,
    rule_no integer not null,
    value text
) on commit drop;
create temporary table good_key (member text not null, key text not null) on commit drop;
create temporary table first_row (key text primary key, bad boolean not null) on commit drop;
create temporary table own_reference (
    line_number bigint not null,
    own text,
    target text not null
) on commit drop;
create index on own_reference (target);
"""

# Whatever refers to a key of which no row stays follows it, and so do those that refer to it in turn. Who refers to
# herself, or goes in a circle of rows without a fault, refers to a row that stays.
_FOLLOWERS = """
insert into finding (member, line_number, rule_no, value)
with recursive gone (key) as (
    select f.key from first_row as f where f.bad
    union
    select o.target from own_reference as o where not exists (select 1 from first_row as f where f.key = o.target)
    union
    select o.own from gone as g inner join own_reference as o on g.key = o.target where o.own is not null
)
select %(member)s, o.line_number, %(rule_no)s, o.target
from own_reference as o
inner join gone as g on o.target = g.key
"""


def judge(
    connection: psycopg.Connection[dict[str, Any]],
    delivery_id: int,
    feed: Feed,
    withheld: Mapping[str, int] | None = None,
) -> Verdict:
    """Judge what is landed of `delivery_id`, inside the caller's transaction.

    `withheld` are rows by member that were read and not landed, because they belong to erased persons.

    Leaves the temporary table bad_row(member, line_number) until the end of the transaction; nothing permanent is
    written. Order: members after those they refer to, so that a row that refers to a quarantined one follows it.
    """
    rules = rules_for(feed)
    connection.execute(_WORK_MEM)
    connection.execute(_TEMPORARY)
    members: dict[str, MemberCount] = {}
    counts: dict[str, int] = {}
    for name in feed.members_in_order():
        numbered = [(number, rule) for number, rule in enumerate(rules) if rule.member == name]
        _find(connection, delivery_id, feed, name, numbered)
        members[name] = _count_member(connection, delivery_id, feed, name, (withheld or {}).get(name, 0))
        counts |= _count_rules(connection, delivery_id, feed, name, numbered)
        _remember_good_keys(connection, delivery_id, feed, name)
    verdict = Verdict(
        members=members,
        counts=counts,
        quarantined=quarantined_by_rule(connection, rules),
        warnings=warnings_of_kept_rows(connection, rules),
        unknown_values=unknown_values(connection, delivery_id, feed),
        rules=rules,
    )
    verdict.refusal = _too_many(feed, verdict)
    return verdict


def _rows(feed: Feed, name: str, member: MemberSpec) -> str:
    """The member's landed rows, each with its place among the rows that share its key (null without a whole key)."""
    keys = [key_column(member, part) for part in member.key]
    whole = " and ".join(["t.problem is null", *(f"t.{key} is not null" for key in keys)])
    same = f"partition by ({whole}), {', '.join(f't.{key}' for key in keys)}"
    return f"""(
        select
            t.*,
            case when {whole} then row_number() over ({same} order by t.line_number) end as key_no,
            case when {whole} then count(*) over ({same}) end as key_count
        from landing.{table_name(feed.source, name)} as t
        where t.delivery_id = %(delivery_id)s
    ) as l"""


def _find(
    connection: psycopg.Connection[dict[str, Any]],
    delivery_id: int,
    feed: Feed,
    name: str,
    rules: list[tuple[int, Rule]],
) -> None:
    member = feed.members[name]
    joins, checks = [], []
    for number, rule in rules:
        bad = rule.bad
        if rule.kind == "own_reference":
            continue
        if rule.kind == "key":
            bad = "coalesce(l.key_no > 1, false)"
        elif rule.kind == "reference":
            target = member.field(rule.field or "").references
            assert target is not None
            column = key_column(member, rule.field or "")
            joins.append(
                f"left join good_key as g{number}"
                f" on g{number}.member = '{target.member}' and g{number}.key = l.{column}::text"
            )
            bad = f"(l.{column} is not null and g{number}.key is null)"
        checks.append(f"({number}, {bad}, {rule.shown or 'null'})")
    connection.execute(
        f"""
        insert into finding (member, line_number, rule_no, value)
        select '{name}', l.line_number, f.rule_no, f.value
        from {_rows(feed, name, member)}
        {" ".join(joins)}
        cross join lateral (values {", ".join(checks)}) as f (rule_no, bad, value)
        where f.bad
        """.replace("%", "%%").replace("%%(delivery_id)s", "%(delivery_id)s"),
        {"delivery_id": delivery_id},
    )
    _set_aside(connection, name, [number for number, rule in rules if rule.severity == "critical"])
    for number, rule in rules:
        if rule.kind == "own_reference":
            _find_followers(connection, delivery_id, feed, name, number, rule.field or "")
            _set_aside(connection, name, [number])


def _set_aside(connection: psycopg.Connection[dict[str, Any]], name: str, rules: list[int]) -> None:
    """Put the rows that `rules` found into bad_row, those that are there already left out."""
    connection.execute(
        """
        insert into bad_row (member, line_number)
        select distinct f.member, f.line_number
        from finding as f
        where
            f.member = %(member)s
            and f.rule_no = any(%(rules)s)
            and not exists (
                select 1 from bad_row as b where b.member = %(member)s and b.line_number = f.line_number
            )
        """,
        {"member": name, "rules": rules},
    )


def _find_followers(
    connection: psycopg.Connection[dict[str, Any]],
    delivery_id: int,
    feed: Feed,
    name: str,
    rule_no: int,
    column: str,
) -> None:
    """Rows that refer, by `column`, to a row of the same member that does not stay, to any depth."""
    (key,) = feed.members[name].key
    rows = _rows(feed, name, feed.members[name])
    connection.execute("truncate first_row, own_reference")
    connection.execute(
        f"""
        insert into first_row (key, bad)
        select
            l.{key},
            exists (select 1 from bad_row as b where b.member = %(member)s and b.line_number = l.line_number)
        from {rows}
        where l.key_no = 1
        """,
        {"member": name, "delivery_id": delivery_id},
    )
    connection.execute(
        f"""
        insert into own_reference (line_number, own, target)
        select l.line_number, case when l.key_no = 1 then l.{key} end, l.{column}
        from {rows}
        where l.{column} is not null and l.{column} is distinct from l.{key}
        """,
        {"delivery_id": delivery_id},
    )
    connection.execute("analyze first_row, own_reference")
    connection.execute(_FOLLOWERS, {"member": name, "rule_no": rule_no})


def _count_member(
    connection: psycopg.Connection[dict[str, Any]], delivery_id: int, feed: Feed, name: str, withheld: int
) -> MemberCount:
    row = connection.execute(
        f"""
        select
            (select count(*) from landing.{table_name(feed.source, name)} where delivery_id = %(delivery_id)s) as read,
            (select count(*) from bad_row where member = %(member)s) as bad
        """,
        {"delivery_id": delivery_id, "member": name},
    ).fetchone()
    assert row is not None
    return MemberCount(rows_read=row["read"] + withheld, rows_quarantined=row["bad"], rows_withheld=withheld)


def _count_rules(
    connection: psycopg.Connection[dict[str, Any]],
    delivery_id: int,
    feed: Feed,
    name: str,
    rules: list[tuple[int, Rule]],
) -> dict[str, int]:
    found = connection.execute(
        "select rule_no, count(*) as rows from finding where member = %(member)s group by rule_no", {"member": name}
    ).fetchall()
    by_number = {row["rule_no"]: row["rows"] for row in found}
    counts = {rule.rule_id: by_number.get(number, 0) for number, rule in rules}
    shared = connection.execute(
        f"select count(*) as rows from {_rows(feed, name, feed.members[name])} where l.key_count > 1",
        {"delivery_id": delivery_id},
    ).fetchone()
    assert shared is not None
    counts |= {rule.rule_id: shared["rows"] for _, rule in rules if rule.kind == "key"}
    return counts


def _remember_good_keys(
    connection: psycopg.Connection[dict[str, Any]], delivery_id: int, feed: Feed, name: str
) -> None:
    """Keep the keys that others may refer to: of rows that stay."""
    referred = {
        spec.references.field
        for member in feed.members.values()
        for spec in member.fields
        if spec.references is not None and spec.references.member == name
    }
    for key in referred:
        connection.execute(
            f"""
            insert into good_key (member, key)
            select %(member)s, l.{key_column(feed.members[name], key)}::text
            from landing.{table_name(feed.source, name)} as l
            where
                l.delivery_id = %(delivery_id)s
                and not exists (
                    select 1 from bad_row as b where b.member = %(member)s and b.line_number = l.line_number
                )
            """,
            {"member": name, "delivery_id": delivery_id},
        )
    if referred:
        connection.execute("analyze good_key")


def _too_many(feed: Feed, verdict: Verdict) -> DeliveryRefused | None:
    """source-files.md, 'Bad input': more than 2 pct of a member's rows quarantined (settable per source)."""
    refusals = (too_many_bad_rows(feed, verdict, name, name) for name in feed.members)
    return next((refusal for refusal in refusals if refusal is not None), None)


def too_many_bad_rows(feed: Feed, verdict: Verdict, member: str, shown: str) -> DeliveryRefused | None:
    """The refusal when more of the member's rows are set aside than the feed allows; `shown` is its name in words."""
    limit = feed.limits.refuse_above_bad_pct
    count = verdict.members[member]
    if count.rows_quarantined * 100 <= limit * count.rows_read:
        return None
    critical = [rule for rule in verdict.rules if rule.member == member and rule.severity == "critical"]
    rule = max(critical, key=lambda rule: verdict.quarantined.get(rule.rule_id, 0))
    share = 100 * count.rows_quarantined / count.rows_read
    return DeliveryRefused(
        "too_many_bad_rows",
        f"{count.rows_quarantined} of {count.rows_read} rows of {shown} ({share:.1f} pct) are bad; the limit is "
        f"{limit:g} pct. Most often: {rule.rule}{f' in {rule.field}' if rule.field else ''}.",
        where=member,
    )
