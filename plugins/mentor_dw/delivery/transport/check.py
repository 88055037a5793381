"""Trying a connection without sending anything: what would stand in the way of a delivery."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass

from mentor_dw.delivery.transport.connection import ReceiverConnection
from mentor_dw.delivery.transport.errors import TransportRefused, TransportTrouble
from mentor_dw.delivery.transport.receipts import receipt_names
from mentor_dw.delivery.transport.send import PART
from mentor_dw.delivery.transport.session import open_session, soon


@dataclass(frozen=True)
class Checked:
    """A connection over which everything works that a delivery needs; `receipts` files lie in the receipts folder."""

    receiver: str
    where: str
    receipts: int


def check_connection(connection: ReceiverConnection) -> Checked:
    """Log in, write, read back, rename and remove a file of a few bytes, list the receipts.

    The file's name ends in .part from first to last, so no receiver takes it; nothing of it stays. Raises
    TransportTrouble or TransportRefused naming the first thing that does not work.
    """
    return asyncio.run(_check(connection))


async def _check(connection: ReceiverConnection) -> Checked:
    step = "finding the folder"
    try:
        async with open_session(connection) as sftp:
            folder, receipts = connection.folder.rstrip("/"), connection.receipts_folder
            for name in (folder, receipts):
                if not await soon(sftp.isdir(name)):
                    raise TransportRefused(f"{connection.where} has no folder {name}.", _ASK)
            content, mark = secrets.token_bytes(64), secrets.token_hex(4)
            first, second = f"{folder}/mentor_dw_check_{mark}{PART}", f"{folder}/mentor_dw_checked_{mark}{PART}"
            step = f"writing in {folder}"
            file = await soon(sftp.open(first, "wb"))
            await soon(file.write(content))
            await soon(file.close())
            left = first
            try:
                step = f"reading back in {folder}"
                file = await soon(sftp.open(first, "rb"))
                same = await soon(file.read()) == content
                await soon(file.close())
                if not same:
                    raise TransportRefused(f"{connection.where} gives back another content than it was given.", _ASK)
                step = f"renaming in {folder}"
                await soon(sftp.rename(first, second))
                left = second
            finally:
                was, step = step, f"removing in {folder}"
                await soon(sftp.remove(left))
                step = was
            step = f"listing {receipts}"
            found = await receipt_names(sftp, receipts)
    except (TransportRefused, TransportTrouble) as error:
        next_step = _ASK if "receiver-check" in error.next_step else error.next_step
        raise type(error)(f"{connection.receiver}: {step}: {error.message}", next_step) from None
    return Checked(connection.receiver, connection.where, len(found))


_ASK = "Ask the receiver for what docs/receivers.md lists."
