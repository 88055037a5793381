"""Commands for log-ins on the Airflow page: users, users add, users remove."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from mentor_dw.cli.output import print_json, print_table, print_text, say, say_aside
from mentor_dw.config import ALL_AREAS, get_settings
from mentor_dw.errors import MentorDwError

AsJson = Annotated[bool, typer.Option("--json", help="the users as JSON")]
Name = Annotated[str, typer.Argument(help="the name to log in with, such as anne.jensen")]

group = typer.Typer(
    help="Who may log in on the Airflow page, and in which role. Without a command: the list.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.add_typer(group, name="users")


@group.callback()
def users(context: typer.Context, as_json: AsJson = False) -> None:
    """Who may log in on the Airflow page, and in which role. Without a command: the list."""
    if context.invoked_subcommand is not None:
        return
    from mentor_dw.local.page_logins import logins

    found = logins(get_settings())
    if as_json:
        print_json([{"name": one.name, "role": one.role, "sees": one.sees} for one in found])
        return
    print_table(
        "Users of the Airflow page",
        ("name", "role", "sees the numbers of"),
        ((one.name, one.role, one.sees or "nobody") for one in found),
    )


@group.command()
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="viewer (reads), user (starts runs), op (settings too) or admin (all)")],
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="take the password from standard input instead of making one")
    ] = False,
    sees: Annotated[
        str | None,
        typer.Option(help="whose numbers the pages show: bi_reader (all areas) or a scoped role (its area); else none"),
    ] = None,
) -> None:
    """Let somebody log in. The password is made here and printed once, unless it comes from standard input.

    Example: mentor-dw users add anne.jensen --role viewer --sees team_viborg
    """
    from mentor_dw.local.folders import ensure_folders
    from mentor_dw.local.page_logins import add_login, new_password
    from mentor_dw.local.scopes import scopes

    settings = get_settings()
    ensure_folders(settings)
    if sees not in (None, ALL_AREAS) and sees not in scopes():
        raise MentorDwError(
            f"There is no scoped role {sees}.",
            f"`mentor-dw roles` lists them, `mentor-dw roles add` makes one; {ALL_AREAS} sees all areas.",
        )
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else new_password()
    add_login(settings, name, role, password, sees)
    if password_stdin:
        say(f"{name} can log in as {role}")
        return
    say_aside(f"{name} can log in as {role} with this password, which is not shown again:")
    print_text(password)


@group.command()
def remove(name: Name) -> None:
    """Let somebody no longer log in; whoever is logged in by that name is out at once."""
    from mentor_dw.local.page_logins import remove_login

    remove_login(get_settings(), name)
    say(f"{name} can no longer log in")
