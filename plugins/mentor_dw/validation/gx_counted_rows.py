"""SQL of our own as an expectation that counts. Imports Great Expectations: import it where that is wanted."""

from __future__ import annotations

from typing import Any

from great_expectations.expectations.core import UnexpectedRowsExpectation


class CountedRowsExpectation(UnexpectedRowsExpectation):
    """Expects that a query finds no row; what is observed is how many it finds.

    Great Expectations' own fetches the rows as well, in a second run of the query, and they are not wanted here.
    """

    metric_dependencies = ("unexpected_rows_query.row_count",)

    def _validate(
        self, metrics: dict[str, Any], runtime_configuration: Any = None, execution_engine: Any = None
    ) -> dict[str, Any]:
        rows = metrics["unexpected_rows_query.row_count"]
        return {"success": rows == 0, "result": {"observed_value": rows}}
