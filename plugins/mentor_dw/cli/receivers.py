"""Commands about receivers of extracts: receivers, receiver-add, receiver-check. No secret is ever shown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mentor_dw.cli.output import console, print_json, print_table, print_text, say
from mentor_dw.errors import MentorDwError

Json = Annotated[bool, typer.Option("--json", help="as JSON")]
Name = Annotated[str, typer.Argument(help="the receiver, as its file in extracts/receivers/ is called")]


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(receivers)
    app.command("receiver-add")(receiver_add)
    app.command("receiver-check")(receiver_check)


def receivers(as_json: Json = False) -> None:
    """Who gets extracts and where: server, user, folders, fingerprint of the host key, our public key. No secret."""
    from mentor_dw.delivery.transport.connection import connection_file, connections, read_connection

    rows = []
    for name in connections():
        place = read_connection(name)
        rows.append(
            {
                "receiver": name,
                "host": place.host,
                "port": place.port,
                "user": place.user,
                "folder": place.folder,
                "receipts_folder": place.receipts_folder,
                "host_key": place.host_key_fingerprint,
                "age_recipient": place.age_recipient,
                "our_public_key": place.own_public_key,
                "from": str(connection_file(name)),
            }
        )
    if as_json:
        print_json(rows)
        return
    print_table(
        "Receivers",
        ("receiver", "server", "user", "folder", "receipts", "host key"),
        (
            (
                row["receiver"],
                f"{row['host']}:{row['port']}",
                row["user"],
                row["folder"],
                row["receipts_folder"],
                row["host_key"],
            )
            for row in rows
        ),
        empty="none yet (mentor-dw receiver-add)",
    )


def receiver_add(
    name: Name,
    host: Annotated[str | None, typer.Option(help="the receiver's SFTP server")] = None,
    port: Annotated[int | None, typer.Option(help="its port; 22, when not said")] = None,
    user: Annotated[str | None, typer.Option(help="our user there")] = None,
    folder: Annotated[str | None, typer.Option(help="the folder for our files there")] = None,
    receipts: Annotated[str | None, typer.Option(help="the folder where the receiver puts its receipts")] = None,
    age_recipient: Annotated[str | None, typer.Option(help="the receiver's public age key, age1...")] = None,
    host_key: Annotated[
        str | None, typer.Option(help='the server\'s public key as agreed, "ssh-ed25519 AAAA..."')
    ] = None,
    private_key: Annotated[
        Path | None, typer.Option(help="file of our SSH key, without passphrase; one is made when not said")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="change a receiver that is there; what is not said stays")
    ] = False,
) -> None:
    """Enter how a receiver is reached, and show the public key that it must let in.

    The host key comes from the receiver by another way than the server itself (docs/receivers.md): it is never learned
    by connecting. Afterwards: mentor-dw receiver-check NAME.

    Example: mentor-dw receiver-add star --host sftp.example.dk --user kommune --folder ind --receipts kvitteringer
    --age-recipient age1... --host-key "ssh-ed25519 AAAA..."
    """
    from mentor_dw.delivery.transport.connection import (
        ReceiverConnection,
        connections,
        own_key_file,
        read_connection,
        write_connection,
    )

    is_there = name in connections()
    if is_there and not replace:
        raise MentorDwError(f"There is a receiver {name}.", "With --replace it is changed.")
    given = {
        "host": host,
        "port": port,
        "user": user,
        "folder": folder,
        "receipts_folder": receipts,
        "age_recipient": age_recipient and age_recipient.strip(),
        "host_key": host_key and host_key.strip(),
        "private_key": private_key and private_key.expanduser().absolute(),
    }
    left = [field for field, value in given.items() if value is None]
    if is_there and left:
        before = read_connection(name)
        given |= {field: getattr(before, field) for field in left}
    if missing := [field for field in left if given[field] is None and field not in ("port", "private_key")]:
        raise MentorDwError(f"Of {name} is not said: {', '.join(missing)}.", "`mentor-dw receiver-add --help`.")
    given |= {"port": given["port"] or 22, "private_key": given["private_key"] or own_key_file(name)}
    place = ReceiverConnection(receiver=name, **given)
    public = place.own_public_key
    path = write_connection(place)
    say(f"{name} is reached at {place.where}; host key {place.host_key_fingerprint} ({path}).")
    say(f"The receiver lets this key in for {place.user}:")
    print_text(public)
    say(f"When it has: mentor-dw receiver-check {name}")


def receiver_check(name: Name, as_json: Json = False) -> None:
    """Try the connection without sending anything: host key, login, folders, write, read, rename, remove.

    Leaves nothing behind. What does not work is said in one line; exit 1.
    """
    from mentor_dw.delivery.transport.check import check_connection
    from mentor_dw.delivery.transport.connection import read_connection

    checked = check_connection(read_connection(name))
    if as_json:
        print_json({"receiver": checked.receiver, "server": checked.where, "receipts": checked.receipts, "ok": True})
        return
    console.print(
        f"{name}: {checked.where} shows the agreed host key, lets us in, and everything a delivery needs works. "
        f"Files in its receipts folder: {checked.receipts}.",
        markup=False,
    )
