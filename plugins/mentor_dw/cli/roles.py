"""Commands about who may log in: roles, roles add, roles remove."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from mentor_dw.cli.output import print_json, print_table, say
from mentor_dw.config import ROLES
from mentor_dw.errors import MentorDwError
from mentor_dw.masking import holds_cpr

Json = Annotated[bool, typer.Option("--json", help="as JSON")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would happen, change nothing")]
By = Annotated[str | None, typer.Option(help="who decided; you, when not said")]
Name = Annotated[str, typer.Argument(help="the login, such as analyse_kbh", show_default=False)]

#: What the roles of the house are for; docs/roles.md has what each may do.
_FOR = {
    "loader": "takes deliveries in; the only one in the vault",
    "transformer": "builds and publishes",
    "bi_reader": "reads what is published, but for the lists of casework",
    "casework": "reads the person-level compliance lists",
    "steward": "looks after data quality",
    "delivery": "reads the extracts",
    "operator": "reads the ledgers",
}
_group = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.add_typer(_group, name="roles")


@_group.callback()
def roles(context: typer.Context, as_json: Json = False) -> None:
    """Who may log in: the roles of the house, and scoped roles with the areas that each sees.

    A scoped role reads the rows of its kommuner and jobcentres, without person keys and special categories; what it
    may see whole is in docs/roles.md.
    """
    if context.invoked_subcommand is None:
        _list(as_json)


@_group.command()
def add(
    name: Name,
    purpose: Annotated[
        str, typer.Option(help="why it reads: stands in the log of its reads; no CPR number", show_default=False)
    ],
    kommune: Annotated[
        list[str] | None, typer.Option(help="three digits; may be repeated; its jobcentres are in it")
    ] = None,
    jobcenter: Annotated[
        list[str] | None, typer.Option(help="id of a jobcentre in the web registrations; may be repeated")
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make a scoped role, or give one that is there more areas.

    Example: mentor-dw roles add analyse_kbh --kommune 101 --purpose "Ledelsesinformation", then
    psql "$(mentor-dw dsn --role analyse_kbh)"
    """
    from mentor_dw.config import get_settings
    from mentor_dw.local.scopes import add_scoped

    why, who = _said("purpose", purpose), _said("name", by or getpass.getuser())
    new = add_scoped(get_settings(), name, kommune or [], jobcenter or [], why, who, dry_run=dry_run)
    if as_json:
        print_json({"role": name, "new_areas": [f"{kind} {code}" for kind, code in new], "dry_run": dry_run})
        return
    areas = ", ".join(f"{kind} {code}" for kind, code in new) or "nothing it does not see already"
    say(f"{name} would see {areas}. Nothing was changed." if dry_run else f"{name} now sees {areas}.")


@_group.command()
def remove(name: Name, by: By = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take a scoped role away; the ledger keeps what it could see, and until when.

    Example: mentor-dw roles remove analyse_kbh
    """
    from mentor_dw.config import get_settings
    from mentor_dw.local.scopes import remove_scoped

    areas = remove_scoped(get_settings(), name, _said("name", by or getpass.getuser()), dry_run=dry_run)
    if as_json:
        print_json({"role": name, "ended_areas": [asdict(area) for area in areas], "dry_run": dry_run})
        return
    what = f"{name} and its {len(areas)} areas"
    say(f"{what} would be removed. Nothing was changed." if dry_run else f"{what} are removed.")


def _list(as_json: bool) -> None:
    from mentor_dw.local.scopes import scopes

    found = scopes()
    if as_json:
        print_json(
            [{"role": role, "kind": "fixed", "for": _FOR[role], "areas": []} for role in ROLES]
            + [
                {"role": role, "kind": "scoped", "for": areas[0].purpose, "areas": [asdict(area) for area in areas]}
                for role, areas in found.items()
            ]
        )
        return
    print_table("Roles of the house", ("role", "for"), ((role, _FOR[role]) for role in ROLES))
    print_table(
        "Scoped roles",
        ("role", "kommune", "jobcenter", "purpose", "since", "given by"),
        (
            (role, a.kommune_code, a.jobcenter_code, a.purpose, f"{a.given_at:%Y-%m-%d}", a.given_by)
            for role, areas in found.items()
            for a in areas
        ),
    )


def _said(what: str, text: str) -> str:
    if not text.strip():
        raise MentorDwError(f"A scoped role is made on the record and needs a {what}.")
    if holds_cpr(text):
        raise MentorDwError(
            f"The {what} holds what looks like a CPR number, and it is read by many.", "Say it without the number."
        )
    return text.strip()
