"""Great Expectations at the door of a wide delivery: judges its profile, not its millions of rows.

Rows are counted by the reader; here every count is seen once more in `landing.wide_profile`, and each number of the
delivery as a whole must lie in its bounds. Results are counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed
from mentor_dw.validation.gx_suite import RESULT_FORMAT, GxOutcome, counts_of, import_gx, stopped
from mentor_dw.validation.rule import Rule
from mentor_dw.validation.wide_rules import Check, wide_rules

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation

_TABLE = "wide_profile"


def judge_profile_with_gx(feed: Feed, checks: list[Check], url: str) -> GxOutcome:
    """Judge `landing.wide_profile`, seen through `url`, which holds `checks` and nothing else.

    Raises MentorDwError when an expectation could not be judged.
    """
    gx = import_gx()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    source = context.data_sources.add_postgres(feed.source, connection_string=f"{url}?options=-csearch_path%3Dlanding")
    failure: MentorDwError | None = None
    try:
        batch = source.add_table_asset(_TABLE, table_name=_TABLE).add_batch_definition_whole_table("all checks")
        suite = gx.ExpectationSuite(name=_TABLE, expectations=_expectations(feed, checks))
        definition = gx.ValidationDefinition(name=_TABLE, data=batch, suite=context.suites.add(suite))
        result = context.validation_definitions.add(definition).run(result_format=RESULT_FORMAT)
        counts = counts_of(result)
    except MentorDwError:
        raise
    except Exception as error:
        failure = stopped(error)
    finally:
        source.get_engine().dispose()
    if failure is not None:
        raise failure
    return GxOutcome({rule_id: int(rows) for rule_id, rows in counts.items()}, {"": result})


def _expectations(feed: Feed, checks: list[Check]) -> list[Expectation]:
    """The expectation of each rule, about the one row of the profile that is its number."""
    import_gx()
    import great_expectations.expectations as gxe
    from great_expectations.expectations.row_conditions import Column

    bounds = {check.check_id: check for check in checks}

    def expectation(rule: Rule) -> Expectation:
        common: dict[str, Any] = {
            "column": "value",
            "row_condition": Column("check_id") == rule.rule_id,
            "meta": {"rule_id": rule.rule_id},
            "severity": rule.severity,
        }
        if rule.kind == "profile":
            check = bounds[rule.rule_id]
            if check.lowest is None and check.highest is None:
                return gxe.ExpectColumnValuesToNotBeNull(**common)
            return gxe.ExpectColumnValuesToBeBetween(min_value=check.lowest, max_value=check.highest, **common)
        # What is observed is the number of rows.
        return gxe.ExpectColumnSumToBeBetween(min_value=0, max_value=0, **common)

    return [expectation(rule) for rule in wide_rules(feed)]
