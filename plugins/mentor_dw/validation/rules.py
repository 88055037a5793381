"""The rules a delivery's rows are judged by, derived from its feed and the source's `suite.py`.

A rule is written once and judged twice: our own SQL finds the rows (judge.py), Great Expectations counts them
(gx_suite.py), and both counts must agree. The order of the rules is the order in which findings of one row are shown.
Rules from source-files.md, 'Common to all' and 'Bad input'.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from mentor_dw.feeds import EXPECTATIONS, Feed, FieldSpec, MemberSpec, code_list, table_name
from mentor_dw.validation.patterns import (
    IDENTIFIER,
    INTEGER,
    INTEGER_IN_KEY,
    MONTH,
    TIME,
    date_pattern,
    date_sql,
    decimal_pattern,
    decimal_sql,
    integer_sql,
    not_identifier_sql,
    quoted,
)
from mentor_dw.validation.rule import Expectation, Forbid, Rule, Warn
from mentor_dw.validation.wide_rules import wide_rules

STRUCTURAL = ("too_few_fields", "too_many_fields", "bad_quoting")


def rules_for(feed: Feed) -> list[Rule]:
    """Every rule of `feed`, members in the order of their references, in the order findings are shown."""
    if feed.wide is not None:
        return wide_rules(feed)
    rules = [rule for name in feed.members_in_order() for rule in _member_rules(feed, name)]
    rules += _suite_rules(feed)
    return rules


def _member_rules(feed: Feed, name: str) -> Iterator[Rule]:
    member = feed.members[name]
    for problem in STRUCTURAL:
        yield Rule(
            name,
            None,
            problem,
            bad=f"l.problem is not distinct from '{problem}'",
            expectation=Expectation("ExpectColumnValuesToNotBeInSet", {"column": "problem", "value_set": [problem]}),
        )
    for spec in member.fields:
        yield from _field_rules(feed, name, member, spec)
    for spec in member.fields:
        if spec.not_before is not None:
            yield _end_before_start(feed, name, spec)
    yield _key_twice(name, member)
    for spec in member.fields:
        if spec.references is not None:
            own = spec.references.member == name
            yield Rule(
                name,
                spec.name,
                "reference",
                kind="own_reference" if own else "reference",
                shown=_shown(spec),
                personal=_hidden(spec),
            )


def _field_rules(feed: Feed, name: str, member: MemberSpec, spec: FieldSpec) -> Iterator[Rule]:
    column = f"l.{spec.name}"

    def rule(word: str, bad: str, expectation: Expectation | None = None, shown: str | None = _shown(spec)) -> Rule:
        return Rule(name, spec.name, word, bad=bad, shown=shown, personal=_hidden(spec), expectation=expectation)

    def within(number: str) -> Iterator[Rule]:
        if spec.min is not None:
            yield rule("below_min", f"coalesce({number} < {spec.min}, false)")
        if spec.max is not None:
            yield rule("above_max", f"coalesce({number} > {spec.max}, false)")

    def must_match(word: str, pattern: str, differs: str | None = None) -> Rule:
        return rule(
            word,
            f"({column} is not null and {differs or f'{column} !~ {quoted(pattern)}'})",
            Expectation("ExpectColumnValuesToMatchRegex", {"column": spec.name, "regex": pattern}),
        )

    if spec.type == "cpr":
        missing = "l.person_problem is null and l.person_key is null"
        yield rule(
            "bad_cpr",
            f"(l.problem is null and (l.person_problem is not distinct from 'bad_cpr' or ({missing})))",
        )
        yield rule(
            "unknown_person",
            "l.person_problem is not distinct from 'unknown_person'",
            Expectation(
                "ExpectColumnValuesToNotBeInSet", {"column": "person_problem", "value_set": ["unknown_person"]}
            ),
        )
        return
    if not spec.may_be_empty:
        yield rule(
            "key_empty" if spec.name in member.key else "empty_required",
            f"(l.problem is null and {column} is null)",
            Expectation("ExpectColumnValuesToNotBeNull", {"column": spec.name}, split_rows_only=True),
            shown=None,
        )
    if spec.type == "id":
        yield must_match("bad_id", IDENTIFIER, differs=not_identifier_sql(column))
    elif spec.type == "code":
        codes = list(code_list(spec.code_list or ""))
        listed = ", ".join(quoted(code) for code in codes)
        yield rule(
            "bad_code",
            f"({column} is not null and {column} not in ({listed}))",
            Expectation("ExpectColumnValuesToBeInSet", {"column": spec.name, "value_set": codes}),
        )
    elif spec.type == "date":
        yield must_match("bad_date", date_pattern(feed.text.date_format))
    elif spec.type == "time":
        yield must_match("bad_time", TIME)
    elif spec.type == "integer":
        # As a key a number is compared as text, so it may be written in one way only.
        yield must_match("bad_number", INTEGER_IN_KEY if spec.name in member.key else INTEGER)
        yield from within(integer_sql(column))
    elif spec.type == "decimal":
        yield must_match("bad_number", decimal_pattern(feed.text.decimal_mark))
        yield from within(decimal_sql(column, feed.text.decimal_mark))
    elif spec.type == "month":
        yield must_match("bad_date", MONTH)
    elif spec.pattern is not None:
        yield must_match("bad_text", spec.pattern)


def _shown(spec: FieldSpec) -> str:
    """SQL for what may be kept of a field's value: of a CPR number only what the loader has masked already."""
    return "l.person_masked" if spec.type == "cpr" else f"l.{spec.name}"


def _hidden(spec: FieldSpec) -> bool:
    """Whether what `_shown` gives must still be hidden."""
    return spec.personal and spec.type != "cpr"


def _end_before_start(feed: Feed, name: str, spec: FieldSpec) -> Rule:
    end = date_sql(f"l.{spec.name}", feed.text.date_format)
    start = date_sql(f"l.{spec.not_before}", feed.text.date_format)
    return Rule(
        name,
        spec.name,
        "end_before_start",
        bad=f"coalesce(({end}) < ({start}), false)",
        shown=_shown(spec),
        personal=_hidden(spec),
    )


def _key_twice(name: str, member: MemberSpec) -> Rule:
    columns = [key_column(member, part) for part in member.key]
    expectation = (
        Expectation("ExpectColumnValuesToBeUnique", {"column": columns[0]})
        if len(columns) == 1
        else Expectation(
            "ExpectCompoundColumnsToBeUnique", {"column_list": columns, "ignore_row_if": "any_value_is_missing"}
        )
    )
    parts = [member.field(part) for part in member.key]
    return Rule(
        name,
        ",".join(member.key),
        "key_twice",
        kind="key",
        shown=f"concat_ws(' | ', {', '.join(_shown(spec) for spec in parts)})",
        personal=any(_hidden(spec) for spec in parts),
        expectation=expectation,
    )


def key_column(member: MemberSpec, part: str) -> str:
    """The landing column of a field of a key or of a reference: a person stands as `person_key`."""
    return "person_key" if member.field(part).type == "cpr" else part


def _suite_rules(feed: Feed) -> Iterator[Rule]:
    for one in _from_suite(feed.source):
        condition = one.condition.format(
            landing={name: f"landing.{table_name(feed.source, name)}" for name in feed.members},
            date=_Reader(lambda column: f"({date_sql(column, feed.text.date_format)})"),
            integer=_Reader(lambda column: f"({integer_sql(column)})"),
        )
        spec = feed.members[one.member].field(one.field)
        yield Rule(
            one.member,
            one.field,
            one.rule,
            severity="critical" if isinstance(one, Forbid) else "warning",
            bad=f"coalesce(l.problem is null and ({condition}), false)",
            shown=_shown(spec),
            personal=_hidden(spec),
        )


class _Reader(dict[str, str]):
    """Answers `{date[l.start_dato]}` in a condition with SQL."""

    def __init__(self, make: Any) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, column: str) -> str:
        return self._make(column)


def _from_suite(source: str) -> list[Warn]:
    """What `rules()` of the source's suite.py says; nothing when it has none."""
    path = EXPECTATIONS / source / "suite.py"
    return _load(source, path).rules() if path.is_file() else []


def _load(source: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"mentor_dw_suite_{source}", path)
    if spec is None or spec.loader is None:
        raise ImportError(str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
