"""Great Expectations at the door: the suite of a feed, judged on the landing tables.

Results are counts, never values: unexpected values are excluded, and rules that only SQL can say select line numbers.
Importing Great Expectations takes seconds and floods logs, so it happens inside the functions.
"""

from __future__ import annotations

import logging
import os
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, table_name
from mentor_dw.trouble import database_trouble, shortage
from mentor_dw.validation.rule import Rule
from mentor_dw.validation.rules import key_column, rules_for

if TYPE_CHECKING:
    from types import ModuleType

    from great_expectations.core import ExpectationSuiteValidationResult
    from great_expectations.expectations.expectation import Expectation

#: Counts only: no lists of values, no values beside keys.
RESULT_FORMAT = {
    "result_format": "BASIC",
    "partial_unexpected_count": 0,
    "exclude_unexpected_values": True,
    "include_unexpected_rows": False,
}


@dataclass(frozen=True)
class GxOutcome:
    """Rows that break a rule by rule_id, and the results that Data Docs are drawn from, by member."""

    counts: dict[str, int]
    results: dict[str, ExpectationSuiteValidationResult]


def import_gx() -> ModuleType:
    """Great Expectations, quiet and without a word to anybody outside."""
    os.environ["GX_ANALYTICS_ENABLED"] = "False"
    os.environ.setdefault("TQDM_DISABLE", "1")
    # Before the import, which writes hundreds of lines about itself into the log of a task.
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import great_expectations as gx
    # One of its modules sets a level of its own and tells about temporary folders.
    for name in ("great_expectations", "great_expectations.data_context.types.base", "posthog", "backoff"):
        logging.getLogger(name).setLevel(logging.ERROR)
    return gx


def judge_with_gx(feed: Feed, url: str) -> GxOutcome:
    """Judge what is landed of `feed`, seen through `url` (postgresql+psycopg2://..., a URL with a host).

    Sees only committed rows, and all of them: the caller sees to it that landing holds one delivery. Raises
    MentorDwError when an expectation could not be judged.
    """
    gx = import_gx()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_postgres(
        feed.source, connection_string=f"{url}?options=-csearch_path%3Dlanding%20-cwork_mem%3D256MB"
    )
    rules = rules_for(feed)
    counts: dict[str, int] = {}
    results: dict[str, Any] = {}
    failure: MentorDwError | None = None
    try:
        for name in feed.members_in_order():
            table = table_name(feed.source, name)
            batch = source.add_table_asset(table, table_name=table).add_batch_definition_whole_table("all rows")
            suite = gx.ExpectationSuite(name=table, expectations=expectations(feed, rules, name))
            definition = gx.ValidationDefinition(name=table, data=batch, suite=context.suites.add(suite))
            results[name] = context.validation_definitions.add(definition).run(result_format=RESULT_FORMAT)
            counts |= counts_of(results[name])
    except MentorDwError:
        raise
    except Exception as error:
        failure = stopped(error)
    finally:
        source.get_engine().dispose()
    if failure is not None:
        raise failure
    return GxOutcome(counts, results)


def stopped(error: Exception) -> MentorDwError:
    """What is told of an `error` of Great Expectations: trouble that may pass, or its kind.

    Its text may hold what the database said about a value.
    """
    passing = shortage(error) or database_trouble(str(error))
    return passing or MentorDwError(
        f"Great Expectations stopped ({type(error).__name__}).", "The file is judged again at the next run."
    )


def expectations(feed: Feed, rules: list[Rule], member: str) -> list[Expectation]:
    """The expectation of each rule of `member`, named by the rule's id in its meta data."""
    import_gx()
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    from mentor_dw.validation.gx_counted_rows import CountedRowsExpectation

    made = []
    for rule in rules:
        if rule.member != member:
            continue
        common = {"meta": {"rule_id": rule.rule_id}, "severity": rule.severity}
        if rule.expectation is None:
            query = rows_sql(feed, rules, rule).replace("{", "{{").replace("}", "}}").replace("{{batch}}", "{batch}")
            made.append(CountedRowsExpectation(unexpected_rows_query=query, description=rule.rule_id, **common))
            continue
        condition = {"row_condition": Column("problem").is_null()} if rule.expectation.split_rows_only else {}
        made.append(getattr(gxe, rule.expectation.name)(**rule.expectation.arguments, **condition, **common))
    return made


def rows_sql(feed: Feed, rules: list[Rule], rule: Rule) -> str:
    """SQL for the line numbers of rows that break `rule`, over the landing tables alone.

    A reference counts only rows that stay, so the rules of the other member are repeated inside, down to the members
    that refer to nothing: Great Expectations must come to its count without our temporary tables.
    """
    if rule.kind == "row":
        return f"select l.line_number from (select * from {{batch}}) as l where {rule.bad}"
    member = feed.members[rule.member]
    target = member.field(rule.field or "").references
    if target is None:
        raise MentorDwError(f"{rule.rule_id} has neither an expectation nor SQL.")
    column = key_column(member, rule.field or "")
    to_another = f" and l.{column} is distinct from l.{target.field}" if rule.kind == "own_reference" else ""
    return (
        f"select l.line_number from (select * from {{batch}}) as l where l.{column} is not null{to_another}"
        f" and l.{column} not in ({_staying_keys_sql(feed, rules, target.member, target.field)})"
    )


def _staying_keys_sql(feed: Feed, rules: list[Rule], name: str, key: str) -> str:
    member = feed.members[name]
    keys = [key_column(member, part) for part in member.key]
    conditions = []
    own = None
    for rule in rules:
        if rule.member != name or rule.severity != "critical":
            continue
        if rule.kind == "row":
            conditions.append(f"not ({rule.bad})")
        elif rule.kind == "reference":
            target = member.field(rule.field or "").references
            assert target is not None
            staying = _staying_keys_sql(feed, rules, target.member, target.field)
            column = key_column(member, rule.field or "")
            conditions.append(f"(l.{column} is null or l.{column} in ({staying}))")
        elif rule.kind == "own_reference":
            own = rule.field
    # No join, and `in` only where it is hashed: planners expect few rows behind so many conditions.
    whole = " and ".join(["t.problem is null", *(f"t.{column} is not null" for column in keys)])
    place = f"row_number() over (partition by {', '.join(keys)} order by t.line_number)"
    rows = f"(select t.*, {place} as key_no from landing.{table_name(feed.source, name)} as t where {whole}) as l"
    column, good = key_column(member, key), " and ".join(conditions)
    if own is None:
        return f"select l.{column} from {rows} where l.key_no = 1 and {good}"
    return (
        f"with recursive firsts as materialized (select l.{column} as own, l.{own} as target, {good} as good"
        f" from {rows} where l.key_no = 1), gone (own) as (select f.own from firsts as f where not f.good"
        " union select f.target from firsts as f where f.target is not null"
        " and f.target not in (select s.own from firsts as s)"
        " union select f.own from gone as g, firsts as f where f.target = g.own and f.target <> f.own)"
        " select f.own from firsts as f where f.own not in (select g.own from gone as g)"
    )


def counts_of(result: ExpectationSuiteValidationResult) -> dict[str, int]:
    counts = {}
    for one in result.results:
        rule_id = one.expectation_config.meta["rule_id"]
        # A mapped expectation counts unexpected values, SQL of our own is counted as observed rows.
        found = one.result.get("unexpected_count", one.result.get("observed_value"))
        if found is None and one.result.get("element_count") == 0:
            # A sum over no rows: a member that holds its header only, or no row that could be split.
            found = 0
        if found is None:
            if (trouble := database_trouble(str(one.exception_info))) is not None:
                raise trouble
            raise MentorDwError(f"Great Expectations could not judge {rule_id}.", "Mend its rule; nothing was decided.")
        counts[rule_id] = found
    return counts
