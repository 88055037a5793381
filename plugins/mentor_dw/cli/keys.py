"""Commands about keys: keys, rotate-key. No key and no password is ever shown."""

from __future__ import annotations

import getpass
from typing import Annotated, Any

import typer

from mentor_dw.cli.deciding import DryRun, Json
from mentor_dw.cli.output import console, print_json, print_table, print_text, say, say_aside
from mentor_dw.errors import MentorDwError
from mentor_dw.masking import holds_cpr


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(keys)
    app.command("rotate-key")(rotate_key)


def keys(
    as_json: Json = False,
    public: Annotated[
        bool, typer.Option("--public", help="the public parts of the signing keys instead, as receivers need them")
    ] = False,
) -> None:
    """Keys and passwords: ids, kinds, age, where they come from, which should be rotated. Never the keys themselves.

    Example: mentor-dw keys --public > mentor-dw.pem
    """
    from mentor_dw.rotation.listing import DUE_AFTER_DAYS, keys_listing

    if public:
        print_text(_public_keys())
        return
    facts = keys_listing()
    if as_json:
        print_json(facts)
        return
    print_table(
        "Keys and passwords",
        ("kind", "name", "id", "state", "made", "days", "protects", "from"),
        (
            (
                row["kind"],
                row["name"],
                row["key_id"],
                _state(row),
                row["created"][:10],
                row["age_days"],
                row["protects"],
                row["from"],
            )
            for row in facts["keys"]
        ),
    )
    for row in facts["keys"]:
        if row["due"]:
            name = f" {row['name']}" if row["name"] else ""
            console.print(
                f"Older than {DUE_AFTER_DAYS} days: mentor-dw rotate-key {row['kind']}{name}",
                style="yellow",
                markup=False,
            )
    for kind in facts["interrupted"]:
        console.print(
            f"A rotation was interrupted ({kind}): run it again, or mentor-dw up.",
            style="yellow",
            markup=False,
        )
    console.print("The backup of the keys holds, apart from that of the data (docs/keys.md):", markup=False)
    for place in facts["backup"]:
        console.print(f"  {place}", markup=False)


def rotate_key(
    kind: Annotated[str, typer.Argument(help="lookup, seal, archive, signing, receiver or password")],
    name: Annotated[str | None, typer.Argument(help="the receiver, or the role whose password it is")] = None,
    decision: Annotated[
        str | None, typer.Option(help="where the decision stands, such as a case number; no CPR number")
    ] = None,
    by: Annotated[str | None, typer.Option(help="who decided; you, when not said")] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Change a key or a password for a new one while the house works, and prove that it was done.

    Nothing is lost and nobody gets another person key: what the old key protects is made anew and compared, then the
    old key goes. Deliveries that come meanwhile wait or take the new key. Interrupted, run it again. What was checked
    is kept in ops.key_rotation.

    Example: mentor-dw rotate-key lookup --decision "Sag 2026-31"

    Example: mentor-dw rotate-key password bi_reader
    """
    from mentor_dw.rotation.flow import foresee, rotate

    for text in (decision, by):
        if text is not None and holds_cpr(text):
            raise MentorDwError(
                "The decision or name holds what looks like a CPR number, and it is read by many.",
                "Say it without the number.",
            )
    if dry_run:
        told = foresee(kind, name)
        if as_json:
            print_json(told | {"dry_run": True})
            return
        _print_facts(told)
        say("Nothing was changed.")
        return
    speak = say_aside if as_json else say
    done = rotate(kind, name, decision, by or getpass.getuser(), speak)
    if kind == "password" and name == "airflow":
        from mentor_dw.local.installation import up

        up(speak)
    if as_json:
        print_json(done.as_json())
        return
    _print_facts(
        {"rotation": done.rotation_id, "kind": done.kind, "name": done.name}
        | {"old key": done.old_key_id, "new key": done.new_key_id, "made anew": done.items}
        | done.checks
    )
    if kind != "password":
        say("Renew the backup of the keys now: the old one does not open what is made from here on (docs/keys.md).")


def _public_keys() -> str:
    """The current signing key first, for openssl reads the first of a file; lines between them say which is which."""
    from mentor_dw.config import get_settings
    from mentor_dw.identity.signing import public_key_pem, signing_keys

    told = []
    for key in signing_keys(get_settings().secrets):
        told += [
            f"{key.key_id}, from {key.created}{f' to {key.retired}' if key.retired else ''}\n",
            public_key_pem(key),
        ]
    return "".join(told)


def _state(row: dict[str, Any]) -> str:
    if row["state"] == "retired" and row["tombstones"]:
        return f"retired {row['retired'][:10]}, for {row['tombstones']} erased"
    return f"retired {row['retired'][:10]}" if row["retired"] else row["state"]


def _print_facts(facts: dict[str, Any]) -> None:
    for name, what in facts.items():
        if what is not None:
            console.print(f"  {name.replace('_', ' '):34} {what}", markup=False)
