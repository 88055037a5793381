"""Commands for Apache Superset: bi, bi up, bi down, bi export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mentor_dw.cli.output import print_json, print_table, say

AsJson = Annotated[bool, typer.Option("--json", help="the state as JSON")]

group = typer.Typer(
    help="Dashboards in Apache Superset (make bi installs it). Without a command: whether it runs, and where.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.add_typer(group, name="bi")


@group.callback()
def bi(context: typer.Context, as_json: AsJson = False) -> None:
    """Dashboards in Apache Superset (make bi installs it). Without a command: whether it runs, and where."""
    if context.invoked_subcommand is not None:
        return
    from mentor_dw.local.superset import state

    facts = state()
    if as_json:
        print_json(facts)
        return
    print_table("Superset", ("part", "state"), facts.items())


@group.command()
def up() -> None:
    """Start Superset with the dashboards of the project; what already runs is left alone."""
    from mentor_dw.local.superset import up as start

    facts = start(say)
    say(f"Superset answers at {facts['url']}")
    say("Log in as bi_reader or as a scoped role, with its password in the warehouse (mentor-dw dsn --role NAME);")
    say(f"as {facts['admin']} to change a dashboard, with the password in {facts['password_file']}")


@group.command()
def down() -> None:
    """Stop Superset. The house stays up, and nothing is deleted."""
    from mentor_dw.config import get_settings
    from mentor_dw.local.superset import down as stop

    say("Superset: stopped" if stop(get_settings()) else "Superset was not running")


@group.command()
def export(
    out: Annotated[Path | None, typer.Option(help="folder to write to; superset/assets when not said")] = None,
) -> None:
    """Write the dashboards as they are in Superset back into the project, to be looked at and committed.

    Example: mentor-dw bi export, then git diff superset/assets
    """
    from mentor_dw.local.superset import ASSETS
    from mentor_dw.local.superset import export as write

    folder = (out or ASSETS).resolve()
    write(folder)
    say(f"Written to {folder}")
