"""Run dbt inside this process, and believe only what its results say.

dbt's own logs and its `run_results.json` carry PostgreSQL's messages with the values in them, so nothing of them is
written: progress comes from dbt's events, failures from its results (see dbt_failures).
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.database import address
from mentor_dw.errors import MentorDwError
from mentor_dw.trouble import database_trouble, shortage
from mentor_dw.warehouse.basis import dbt_settings
from mentor_dw.warehouse.dbt_failures import describe, safe_message

PROJECT = PROJECT_ROOT / "dbt_project"
#: The schema dbt builds in; a state of the past is built in a schema of its own.
WORK = "work"
#: Where the models of extracts have their views, beside WORK.
EXTRACTS = "extracts"

#: Unit tests judge the code on rows of their own; whoever changes it runs them, a build of real rows need not.
UNIT_TESTS = "unit_test"
DATA_TESTS = "test"

_CACHE = Path("target") / "partial_parse.msgpack"

Say = Callable[[str], None]

_GOOD = frozenset({"success", "pass", "warn", "no-op"})
_COUNTED = {"model": "models", "seed": "seeds", "test": "tests", "unit_test": "tests"}


@dataclass(frozen=True)
class DbtRun:
    """What one successful run did. Times are seconds; `slowest` are (node, seconds), the slowest first."""

    parse_seconds: float
    seconds: float
    models: int
    seeds: int
    tests: int
    warnings: tuple[str, ...]
    slowest: tuple[tuple[str, float], ...]


class DbtProject:
    """The dbt project of the warehouse, parsed once and run against one schema.

    `folder` takes what dbt writes (compiled SQL, the parse cache). `schema` is where it builds. `parsed_in` is the
    folder of another project whose parse cache may be used as it is now.
    """

    def __init__(
        self, folder: Path, schema: str = WORK, project: Path = PROJECT, parsed_in: Path | None = None
    ) -> None:
        self._folder = folder
        self._schema = schema
        self._project = project
        if parsed_in is not None:
            lend_cache(parsed_in, folder)
        started = time.monotonic()
        self.manifest = parse(folder, project)
        _aim(self.manifest, address("transformer").database, schema)
        self.parse_seconds = time.monotonic() - started

    def build(
        self,
        *,
        as_known_at: datetime,
        say: Say,
        select: Collection[str] | None = None,
        full_refresh: bool = False,
        leave_out: Sequence[str] = (),
    ) -> DbtRun:
        """Build everything, or `select` (each in dbt's selection syntax), from the deliveries known at `as_known_at`.

        Tests run that touch something selected. `full_refresh` makes seeds and lasting tables anew, so that they may
        have other columns than before. `leave_out` names kinds of nodes that are not wanted, such as UNIT_TESTS and
        DATA_TESTS.

        Raises MentorDwError when a node or a test fails, or when nothing was selected.
        """
        args = ["build", "--vars", json.dumps(dbt_settings() | {"as_known_at": as_known_at.isoformat()})]
        if select is not None:
            args += ["--select", *sorted(select)]
        if full_refresh:
            args.append("--full-refresh")
        for kind in leave_out:
            args += ["--exclude-resource-type", kind]
        started = time.monotonic()
        outcome = _invoke(args, self._folder, self._project, profile_of(self._schema), self.manifest, say)
        results = list(outcome.results)
        seconds = time.monotonic() - started
        if not results:
            raise MentorDwError("dbt had nothing to do.", "Look at the selection and the project's folders.")
        failed = [result for result in results if str(result.status) not in _GOOD]
        if failed:
            raise _failure(failed)
        counts = dict.fromkeys(("models", "seeds", "tests"), 0)
        for result in results:
            kind = _COUNTED.get(str(result.node.resource_type))
            if kind:
                counts[kind] += 1
        by_time = sorted(results, key=lambda result: result.execution_time, reverse=True)
        return DbtRun(
            parse_seconds=round(self.parse_seconds, 2),
            seconds=round(seconds, 2),
            warnings=tuple(result.node.name for result in results if str(result.status) == "warn"),
            slowest=tuple((result.node.name, round(result.execution_time, 2)) for result in by_time[:5]),
            **counts,
        )


def parse(folder: Path, project: Path = PROJECT) -> Any:
    """The manifest of `project`; what was parsed before is in `folder`, and is parsed anew only where it changed.

    The cut-off is a variable, database and schema are parts of the profile, and dbt parses everything anew when one of
    them changes. So parsing knows none of them, and its result is handed to the run, which has them.
    """
    return _invoke(["parse"], folder, project, NOWHERE, None, lambda _: None)


def lend_cache(source: Path, target: Path) -> None:
    """Copy the parse cache of one project's folder into another's.

    Without one, or with half of one that is being written, dbt parses everything.
    """
    with suppress(FileNotFoundError):
        (target / _CACHE).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / _CACHE, target / _CACHE)


def _invoke(args: list[str], folder: Path, project: Path, profile: dict[str, str], manifest: Any, say: Say) -> Any:
    """dbt's result object for `args`; an exception of dbt becomes a MentorDwError."""
    from dbt.cli.main import dbtRunner

    folder.mkdir(parents=True, exist_ok=True)
    common = [
        "--project-dir", str(project),
        "--profiles-dir", str(project),
        "--target-path", str(folder / "target"),
        "--log-path", str(folder / "logs"),
        "--log-level", "none",
        "--log-level-file", "none",
        "--no-write-json",
        "--no-send-anonymous-usage-stats",
        "--no-version-check",
        "--no-use-colors",
    ]  # fmt: skip
    with with_variables(profile):
        outcome = dbtRunner(manifest=manifest, callbacks=[_Progress(say)]).invoke([*args, *common])
    error = outcome.exception
    if error is not None and not isinstance(error, Exception):
        raise error
    if error is not None:
        passing = shortage(error) or database_trouble(str(error))
        raise passing or MentorDwError(
            f"dbt could not run ({type(error).__name__}): {safe_message(str(error))}",
            "The warehouse still shows the last published build.",
        ) from None
    if not outcome.success and outcome.result is None:
        raise MentorDwError(f"dbt {args[0]} failed without a word.")
    if not outcome.success and not any(str(r.status) not in _GOOD for r in outcome.result.results):
        raise MentorDwError(f"dbt {args[0]} failed and names no node.")
    return outcome.result


def _aim(manifest: Any, database: str, schema: str) -> None:
    """Have what a manifest names, parsed for NOWHERE, be in `database`, and all it builds in `schema` if not WORK."""
    for node in (*manifest.nodes.values(), *manifest.sources.values()):
        before = f'"{node.database}"."{node.schema}".'
        node.database = database
        if schema != WORK and node.schema in (WORK, EXTRACTS):
            node.schema = schema
        if node.relation_name:
            node.relation_name = node.relation_name.replace(before, f'"{node.database}"."{node.schema}".')


class _Progress:
    """Says how far dbt is, at each quarter."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._quarter = 0

    def __call__(self, event: Any) -> None:
        if event.info.name != "LogStartLine" or not event.data.total:
            return
        quarter = event.data.index * 4 // event.data.total
        if quarter > self._quarter:
            self._quarter = quarter
            self._say(f"dbt: {event.data.index} of {event.data.total}")


#: The variables of the project's profiles.yml while it is parsed: any will do, but always the same.
NOWHERE = {
    "MENTOR_DW_DBT_HOST": "nowhere",
    "MENTOR_DW_DBT_PORT": "1",
    "MENTOR_DW_DBT_DATABASE": "nowhere",
    "MENTOR_DW_DBT_USER": "nobody",
    "MENTOR_DW_DBT_PASSWORD": "none",
    "MENTOR_DW_DBT_SCHEMA": WORK,
}


def profile_of(schema: str) -> dict[str, str]:
    """The same variables for a run in `schema`, as the role `transformer`."""
    place = address("transformer")
    values = (place.host, str(place.port), place.database, place.user, place.password, schema)
    return dict(zip(NOWHERE, values, strict=True))


@contextmanager
def with_variables(variables: dict[str, str]) -> Iterator[None]:
    """Set `variables`, and that nothing is reported to anybody, for the time of one invocation."""
    wanted = variables | {"DO_NOT_TRACK": "1"}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _failure(failed: list[Any]) -> MentorDwError:
    """The error for `failed` node results; what was only skipped because of them is counted, not named.

    DatabaseTrouble when one of them met trouble that may pass: the others may have failed of the same.
    """
    for result in failed:
        if str(result.status) == "error" and (trouble := database_trouble(result.message)) is not None:
            return trouble
    culprits = [result for result in failed if str(result.status) != "skipped"] or failed
    skipped = len(failed) - len(culprits)
    after = f" ({skipped} more were skipped because of it)" if skipped else ""
    return MentorDwError(
        f"dbt: {len(culprits)} failed{after}.\n{describe(culprits)}",
        "The warehouse still shows the last published build.",
    )
