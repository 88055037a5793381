"""dbt's own documentation of the project: models, columns, lineage, tests and exposures, in one file."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.warehouse.dbt_run import NOWHERE, PROJECT, profile_of, with_variables

#: Where readers find what the models make.
_SCHEMA = "bi"


def docs_page(page: Path) -> bool:
    """Write the documentation to `page`, which opens from disk; whether the database's own columns are in it.

    They are where a warehouse answers. Raises MentorDwError when dbt cannot read the project.
    """
    from dbt.cli.main import dbtRunner

    variables = _there()
    with tempfile.TemporaryDirectory() as folder, with_variables(variables or NOWHERE):
        common = [
            *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", folder),
            *("--log-path", folder, "--log-level", "none", "--log-level-file", "none"),
            *("--no-version-check", "--no-send-anonymous-usage-stats"),
        ]
        # What is compiled would need the tables of a build that is under way; what is written is what is read here.
        generate = ["docs", "generate", "--static", "--no-compile", *([] if variables else ["--empty-catalog"])]
        made = Path(folder) / "static_index.html"
        if not all(dbtRunner().invoke([*args, *common]).success for args in (["parse"], generate)):
            raise MentorDwError(
                "dbt could not write its documentation.", "`make test` says what is wrong with a model."
            )
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made, page)
    return variables is not None


def _there() -> dict[str, str] | None:
    """The profile's variables, where a warehouse answers."""
    try:
        with connect("transformer"):
            return profile_of(_SCHEMA)
    except MentorDwError:
        return None
