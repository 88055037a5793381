"""Commands about backups: backup, backups, backup-key, backup-check, restore. No private key is ever shown."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated, Any

import typer

from mentor_dw.cli.asking import without_cpr
from mentor_dw.cli.deciding import DryRun, Json
from mentor_dw.cli.output import console, print_json, print_table, say, say_aside
from mentor_dw.errors import MentorDwError

Key = Annotated[
    list[Path] | None, typer.Option("--key", help="file with a private key; several times when several are needed")
]
File = Annotated[Path, typer.Argument(help="the backup of the data (.data.age)", show_default=False)]
Keys = Annotated[Path | None, typer.Option("--keys", help="the backup of the keys; beside the data, when not said")]
By = Annotated[str | None, typer.Option(help="who does it; you, when not said")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(backup)
    app.command()(backups)
    app.command("backup-key")(backup_key)
    app.command("backup-check")(backup_check)
    app.command()(restore)


def backup(
    to: Annotated[Path | None, typer.Option(help="folder on another disk; MENTOR_DW_BACKUP_TO, when not said")] = None,
    keys_to: Annotated[
        Path | None,
        typer.Option(help="folder for the backup of the keys; MENTOR_DW_BACKUP_KEYS_TO, or beside the data"),
    ] = None,
    by: By = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Back the house up while it works: both databases, kept files, packages, and apart from them the keys.

    Everything is closed to the two public keys that `mentor-dw backup-key` chose, and nothing of it is written anywhere
    in plain. Loads and builds go on; a rotation or an erasure waits for its end.

    Example: mentor-dw backup --to /mnt/backup
    """
    from mentor_dw.backup.make import make_backup
    from mentor_dw.config import get_settings

    settings = get_settings()
    target = to or settings.backup_to
    if target is None:
        raise MentorDwError("Where to is not said.", "Add --to FOLDER, or set MENTOR_DW_BACKUP_TO.")
    made = make_backup(
        target,
        keys_to or (None if to else settings.backup_keys_to),
        by=_who(by),
        say=say_aside if as_json else say,
        dry_run=dry_run,
    )
    if as_json:
        print_json(made)
        return
    _show_counts(made["counts"])
    if dry_run:
        say(f"Nothing was written. It would be closed to: {_closed_to(made['closed_to'])}")
        return
    say(f"{made['file']}: {made['bytes']:,} bytes, SHA-256 {made['sha256']}")
    say(f"{made['keys_file']}: the keys. Keep it where nobody reaches who reaches the data (docs/backup.md).")
    if settings.backup_to is None:
        say(
            "Decisions after this backup are noted nowhere outside of the house: set MENTOR_DW_BACKUP_TO for a journal."
        )


def backups(as_json: Json = False) -> None:
    """Backups that were made: when, how large, closed to which key, when last checked, or why one failed."""
    from mentor_dw.backup.state import state
    from mentor_dw.database import connect
    from mentor_dw.ledger import backups as ledger
    from mentor_dw.ledger.listing import as_json as row_as_json

    with connect("operator") as connection:
        rows = [row_as_json(row) for row in ledger.backups(connection)]
    now = state()
    if as_json:
        print_json({"backups": rows, "to": now.to, "newest_at": now.newest_at, "overdue": now.overdue})
        return
    print_table(
        "Backups",
        ("id", "state", "begun", "checked", "by", "file", "bytes", "SHA-256", "closed to", "error"),
        (
            (
                row["backup_id"], row["state"], row["begun_at"], row["checked_at"], row["by_whom"], row["file_name"],
                row["bytes"], row["sha256"], row["recipient"], row["error"],
            )
            for row in rows
        ),
    )  # fmt: skip
    if now.to is None:
        console.print("No nightly backup is asked for (MENTOR_DW_BACKUP_TO).", style="yellow", markup=False)
    elif now.overdue:
        console.print("The newest backup is older than a night: docs/backup.md", style="yellow", markup=False)


def backup_key(
    kind: Annotated[
        str | None, typer.Argument(help="data or keys; without it both are shown", show_default=False)
    ] = None,
    private_to: Annotated[
        Path | None, typer.Option(help="make a pair, and write its private half to this new file outside of the home")
    ] = None,
    public: Annotated[str | None, typer.Option(help="or take a public key (age1...) that was made elsewhere")] = None,
    as_json: Json = False,
) -> None:
    """Choose whom backups are closed to. The private half is not kept here: without it no backup opens.

    Two keys, for two persons: one for the data, one for the keys of the house. Whoever has both has every CPR number.

    Example: mentor-dw backup-key data --private-to /media/usb/backup-data.key
    """
    from mentor_dw.backup.recipients import choose_key, make_key, recipients
    from mentor_dw.config import get_settings

    settings = get_settings()
    if kind is not None:
        if (private_to is None) == (public is None):
            raise MentorDwError("Say which key.", "Add --private-to FILE for a new pair, or --public age1…")
        if private_to is not None:
            make_key(settings, kind, private_to)
            (say_aside if as_json else say)(
                f"The private half is in {private_to}, and nowhere else. Take it off this machine, and make a copy."
            )
        elif public is not None:
            choose_key(settings, kind, public)
    chosen = recipients(settings)
    if as_json:
        print_json(chosen)
        return
    print_table(
        "Backups are closed to",
        ("backup of the", "public key", "since"),
        ((name, one["public"], one["since"]) for name, one in sorted(chosen.items())),
    )


def backup_check(
    file: File,
    key: Key = None,
    keys: Keys = None,
    full: Annotated[
        bool, typer.Option("--full", help="restore the databases into a server of their own, compare, and remove it")
    ] = False,
    as_json: Json = False,
) -> None:
    """Open a backup and compare everything in it with what was counted, without touching this house.

    Without --full nothing is written: every part is read to its end, and pg_restore counts the rows.

    Example: mentor-dw backup-check mentor_dw-2026-11-22T013000Z.data.age --key backup-data.key
    """
    from mentor_dw.backup.check import check_data, check_keys, keys_file_of, must_be_named
    from mentor_dw.backup.recipients import read_identities

    must_be_named(key or [])
    tell = say_aside if as_json else say
    identities = read_identities(key or [])
    checked = check_data(file, identities, tell)
    keys_file = keys or (keys_file_of(file) if len(key or []) > 1 else None)
    if keys_file is not None:
        check_keys(keys_file, identities, checked)
        tell(f"{keys_file.name}: the keys that belong to it")
    if full:
        _check_in_full(checked, identities, tell)
    known = _note_check(checked.sha256)
    told = {
        "file": file.name,
        "bytes": checked.bytes,
        "sha256": checked.sha256,
        "taken_at": checked.taken_at,
        "parts": len(checked.manifest["parts"]),
        "keys_checked": keys_file is not None,
        "restored": full,
        "known_to_this_house": known,
    }
    if as_json:
        print_json(told)
        return
    say(f"{file.name} is whole: the state of {checked.taken_at:%Y-%m-%d %H:%M:%S %Z}, SHA-256 {checked.sha256}")


def restore(
    file: File,
    key: Key = None,
    keys: Keys = None,
    journal: Annotated[
        Path | None, typer.Option(help="folder of the journal; the one beside the data, when not said")
    ] = None,
    without_journal: Annotated[
        bool, typer.Option("--without-journal", help="do without it: what was decided after the backup is lost")
    ] = False,
    by: By = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Make a house from a backup, in an empty home (MENTOR_DW_HOME). docs/runbooks/restore.md has the steps.

    Both files are read to their end before anything is written. What was decided after the backup is done again from
    the journal: erasures, restrictions, withdrawals, numbers of delivered versions. Then: mentor-dw up.

    Example: mentor-dw restore mentor_dw-2026-11-22T013000Z.data.age --key backup-data.key --key backup-keys.key
    """
    from mentor_dw.backup.check import must_be_named
    from mentor_dw.backup.recipients import read_identities
    from mentor_dw.backup.restore import restore as carry_out
    from mentor_dw.backup.restore import source_of

    must_be_named(key or [])
    source = source_of(file, keys, journal, without_journal, read_identities(key or []))
    done = carry_out(source, by=_who(by), say=say_aside if as_json else say, dry_run=dry_run)
    if as_json:
        print_json(done)
        return
    for name, (then, now) in sorted(done["settings_that_differ"].items()):
        say(f"A setting differs: MENTOR_DW_{name.upper()} was {then}, and is {now} here.")
    if dry_run:
        say(f"{file.name} is whole: {done['rows']:,} rows and {done['files']} files; nothing was done.")
        return
    for line in (*done["deliver_again"], *done["by_hand"]):
        say(line)
    if done["journal_until"] is None:
        say("Restored without a journal: see docs/runbooks/restore.md before anything goes out.")
    say(f"Restored as of {done['taken_at']}: {done['rows']:,} rows, {done['files']} files. Now: mentor-dw up")


def _check_in_full(checked: Any, identities: list[Any], tell: Any) -> None:
    import tempfile

    from mentor_dw.backup.databases import compare, put_databases, throw_away_server

    with throw_away_server(checked, Path(tempfile.gettempdir())) as (settings, owner):
        put_databases(settings, owner, checked, identities, tell)
        compare(settings, owner, checked)
    tell("Restored into a server of its own: rows and rights are as they were. It is removed again.")


def _note_check(sha256: str) -> bool:
    """Enter the check into the ledger of this house, when there is one that knows the file."""
    from mentor_dw.database import connect
    from mentor_dw.ledger import backups as ledger

    try:
        with connect("owner") as connection:
            return ledger.checked(connection, sha256)
    except MentorDwError:
        return False


def _who(by: str | None) -> str:
    return without_cpr("name", by or getpass.getuser(), "Add --by NAME.")


def _closed_to(chosen: dict[str, str]) -> str:
    return ", ".join(f"{kind} {public}" for kind, public in sorted(chosen.items())) or "no key yet"


def _show_counts(counts: dict[str, Any]) -> None:
    tables = counts["tables"]
    schemas = sorted({name.partition(".")[0] for name in tables})
    print_table(
        "Rows",
        ("schema", "tables", "rows"),
        (
            (schema, len(found), sum(found))
            for schema in schemas
            for found in [[rows for name, rows in tables.items() if name.startswith(f"{schema}.")]]
        ),
    )
    print_table("Files", ("folder", "files"), sorted(counts["files"].items()))
    print_table("Bytes", ("part", "bytes"), ((name, f"{size:,}") for name, size in sorted(counts["bytes"].items())))
