"""Kvitteringer: what a receiver says about a delivery, read from its folder and never deleted there.

A receipt is a JSON file: {"pakke": stem, "sha256": ..., "modtaget": ISO time, "udfald": "godkendt" or "afvist",
"begrundelse": ...}. It is written by somebody else, so everything in it is bounded and masked.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import asyncssh

from mentor_dw.config import COPENHAGEN
from mentor_dw.delivery.transport.connection import ReceiverConnection
from mentor_dw.delivery.transport.session import open_session, soon
from mentor_dw.errors import MentorDwError
from mentor_dw.masking import holds_cpr, mask_cpr

#: A larger file is no receipt; so much of it is read.
MAX_BYTES = 65_536
MAX_REASON = 1_000

_STEM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,150}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_OUTCOMES: dict[str, Literal["accepted", "refused"]] = {"godkendt": "accepted", "afvist": "refused"}


class ReceiptUnreadable(MentorDwError):
    """A file that is no receipt. Says what is wrong with its form, and shows nothing of what it holds."""


@dataclass(frozen=True)
class RawReceipt:
    """A file of the receipts folder. `content` is at most MAX_BYTES + 1 bytes of it; `file_name` is masked."""

    file_name: str
    content: bytes


@dataclass(frozen=True)
class Receipt:
    """What the receiver says: `package` is the stem, `sha256` (small letters) that of the envelope it got.

    `received_at` has a time zone. `outcome` is `accepted` or `refused`, as in ops.receipt; `reason` is masked, cut at
    MAX_REASON characters, and may be empty.
    """

    package: str
    sha256: str
    received_at: datetime
    outcome: Literal["accepted", "refused"]
    reason: str


def fetch_receipts(connection: ReceiverConnection, known: Collection[str] = ()) -> list[RawReceipt]:
    """The files `*.json` of the receipts folder, by name; those named in `known` are not read again.

    A name that had to be masked is never taken for known. Raises TransportTrouble or TransportRefused.
    """
    return asyncio.run(_fetch(connection, known))


async def _fetch(connection: ReceiverConnection, known: Collection[str]) -> list[RawReceipt]:
    async with open_session(connection) as sftp:
        names = await receipt_names(sftp, connection.receipts_folder)
        new = [name for name in names if name not in known or mask_cpr(name) != name]
        return [await read_receipt(sftp, connection.receipts_folder, name) for name in new]


async def receipt_names(sftp: asyncssh.SFTPClient, folder: str) -> list[str]:
    """Names of the files in `folder` that may be receipts. Hidden files and uploads under way are none."""
    found = [str(entry.filename) for entry in await soon(sftp.readdir(folder))]
    return sorted(name for name in found if name.endswith(".json") and not name.startswith("."))


async def read_receipt(sftp: asyncssh.SFTPClient, folder: str, name: str) -> RawReceipt:
    """One file of the receipts folder."""
    file = await soon(sftp.open(f"{folder}/{name}", "rb"))
    content = await soon(file.read(MAX_BYTES + 1))
    await soon(file.close())
    return RawReceipt(mask_cpr(name), content)


def parse_receipt(content: bytes) -> Receipt:
    """What a receipt says. Whether it is about a delivery of ours is the caller's to judge.

    A time without an offset is Copenhagen's. Raises ReceiptUnreadable.
    """
    if len(content) > MAX_BYTES:
        raise ReceiptUnreadable(f"The receipt is larger than {MAX_BYTES} bytes.")
    try:
        told = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_without_repetition)
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise ReceiptUnreadable("The receipt is no JSON in UTF-8 that says everything once.") from None
    if not isinstance(told, dict):
        raise ReceiptUnreadable("The receipt is no JSON object.")
    package = _matching(told, "pakke", _STEM)
    sha256 = _matching(told, "sha256", _SHA256).lower()
    outcome = _OUTCOMES.get(_text(told, "udfald").strip().lower())
    if outcome is None:
        raise ReceiptUnreadable('The receipt\'s "udfald" is neither "godkendt" nor "afvist".')
    reason = told.get("begrundelse") or ""
    if not isinstance(reason, str):
        raise ReceiptUnreadable('The receipt\'s "begrundelse" is no text.')
    return Receipt(package, sha256, _moment(_text(told, "modtaget")), outcome, _shown(reason))


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError
    return dict(pairs)


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise ReceiptUnreadable(f'The receipt has no "{name}", or it is no text.')
    return value


def _matching(told: dict[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    value = _text(told, name).strip()
    if not pattern.fullmatch(value) or (name == "pakke" and holds_cpr(value)):
        raise ReceiptUnreadable(f'The receipt\'s "{name}" has not the form it must have.')
    return value


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ReceiptUnreadable('The receipt\'s "modtaget" is no time as ISO 8601 writes it.') from None
    return moment if moment.tzinfo else moment.replace(tzinfo=COPENHAGEN)


def _shown(reason: str) -> str:
    """Masked before the end is cut, so that the cut breaks no number's pattern."""
    text = "".join(c if c.isprintable() else " " for c in mask_cpr(reason)).strip()
    return text if len(text) <= MAX_REASON else text[: MAX_REASON - 1] + "…"
