"""Take one file, build and publish in this very process, and print as JSON how many seconds each part took.

    python tests/bench/one_delivery.py FILE [take]

With `take`, the warehouse is not built. FILE lies in the inbox of the home that MENTOR_DW_HOME names.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mentor_dw.feeds import load_feed
from mentor_dw.ingest import settle, take

found: dict[str, float] = {}


def timed(name: str, action: Callable[..., Any]) -> Callable[..., Any]:
    """`action`, whose seconds are added to `name`."""

    def measured(*arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return action(*arguments, **options)
        finally:
            found[name] = found.get(name, 0.0) + time.perf_counter() - began

    return measured


def read(path: Path) -> int:
    """Read the file and do nothing with it; how many rows it has."""
    from mentor_dw.reading.archive import open_delivery

    feed = load_feed("webreg")
    with open_delivery(path, feed) as opened:
        return sum(1 for member in feed.members for _ in opened.rows(member))


def main() -> None:
    path = Path(sys.argv[1])
    rows = timed("read_alone", read)(path)
    settle.land_file = timed("read_and_land", settle.land_file)
    settle.judge_with_gx = timed("judge_with_gx", settle.judge_with_gx)
    settle.judge = timed("judge_with_sql", settle.judge)
    settle._decide = timed("decide", settle._decide)
    from mentor_dw.validation.gx_suite import import_gx

    timed("import_great_expectations", import_gx)()
    result = timed("take", take)(path, load_feed("webreg"), lambda line: None)
    assert result.status in ("accepted", "superseded"), result
    found["decide"] -= found["judge_with_sql"]
    found["rest_of_take"] = found.pop("take") - sum(
        found[name] for name in ("read_and_land", "judge_with_gx", "judge_with_sql", "decide")
    )
    if "take" not in sys.argv[2:]:
        build_and_publish()
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"rows": rows, "seconds": found, "peak_megabytes": megabytes}))


def build_and_publish() -> None:
    def import_dbt() -> None:
        import dbt.adapters.postgres
        import dbt.cli.main  # noqa: F401

    timed("import_dbt", import_dbt)()
    from mentor_dw.warehouse import build, publish

    number = timed("build", build.build)(lambda line: None)
    timed("publish", publish.publish)(number)


if __name__ == "__main__":
    main()
