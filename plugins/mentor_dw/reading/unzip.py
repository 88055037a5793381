"""Zip members as streams that believe no header: sizes, checksums and kinds are checked against what is there."""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from mentor_dw.errors import DeliveryRefused
from mentor_dw.masking import mask_value

#: A member is a bomb when it is larger than this and more than RATIO_LIMIT times its packed size. Members of real
#: deliveries pack 4 to 15 times; deflate cannot do more than 1,032.
BOMB_BYTES = 10_000_000
RATIO_LIMIT = 200
MAX_MEMBERS = 1_000
#: What they are listed in is no larger; the library reads it whole, and takes ten times the room.
MAX_DIRECTORY = 1 << 20

_CHUNK = 1 << 16
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1


def shown(name: str) -> str:
    """A name out of the file, fit to be read: a CPR number can stand in a member's name or a header."""
    return mask_value(name, personal=False) or ""


def read_directory(handle: BinaryIO) -> dict[str, zipfile.ZipInfo]:
    """The members of a zip by name. Raises DeliveryRefused for every fault the directory shows."""
    try:
        with zipfile.ZipFile(_Sparing(handle)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OverflowError, struct.error):
        raise DeliveryRefused("unreadable", "the file is not a zip file, or its end is missing") from None
    if len(infos) > MAX_MEMBERS:
        raise DeliveryRefused("unreadable", f"the zip file holds more than {MAX_MEMBERS} members")
    for info in infos:
        _check_kind(info)
    members: dict[str, zipfile.ZipInfo] = {}
    for info in infos:
        name = shown(info.filename)
        if info.flag_bits & _ENCRYPTED:
            raise DeliveryRefused("unreadable", f"the member {name} is encrypted", name)
        if info.filename in members:
            raise DeliveryRefused("unreadable", f"the member {name} is there twice", name)
        members[info.filename] = info
    for info in infos:
        _check_ratio(info.file_size, info.compress_size, shown(info.filename))
    # Many members may share the same packed bytes, so that none of them alone is out of proportion.
    packed = handle.seek(0, os.SEEK_END)
    _check_ratio(sum(info.file_size for info in infos), packed, "all members together")
    return members


class _Sparing:
    """What the library reads the directory from: never more than a directory has."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.seek, self.tell = handle.seek, handle.tell

    def read(self, size: int = -1, /) -> bytes:
        found = self._handle.read(MAX_DIRECTORY + 1 if size < 0 else min(size, MAX_DIRECTORY + 1))
        if len(found) > MAX_DIRECTORY:
            raise DeliveryRefused("unreadable", f"the zip file's list of members is larger than {MAX_DIRECTORY} bytes")
        return found


def _check_kind(info: zipfile.ZipInfo) -> None:
    # orig_filename is the name as written; zipfile cuts `filename` at a NUL.
    written = info.orig_filename
    name = shown(written)
    if re.search(r"[/\\\0]", written) or re.match(r"[A-Za-z]:", written) or written in ("", ".", ".."):
        raise DeliveryRefused("zip_path", f"the member {name} has a path in its name", name)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise DeliveryRefused("zip_link", f"the member {name} is a link or a device, not a file", name)


def _check_ratio(size: int, packed: int, name: str) -> None:
    if size > BOMB_BYTES and size > RATIO_LIMIT * packed:
        raise DeliveryRefused(
            "zip_ratio", f"{name}: {size} bytes packed into {packed}, more than {RATIO_LIMIT} to 1", name
        )


def member_chunks(handle: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The content of a member in pieces of at most 64 KiB, whatever the rest of the file holds.

    Reads by position, so several members can be read at once. Raises DeliveryRefused: `unreadable` when the data end
    early, do not unpack or fail their checksum, `zip_ratio` when more comes out than the directory declares.
    """
    name = shown(info.filename)
    size = checksum = 0
    for piece in _unpacked(handle, info, name):
        size += len(piece)
        if size > info.file_size:
            raise DeliveryRefused("zip_ratio", f"the member {name} yields more bytes than it declares", name)
        checksum = zlib.crc32(piece, checksum)
        yield piece
    if size != info.file_size:
        raise DeliveryRefused("unreadable", f"the member {name} ends too early", name)
    if checksum != info.CRC:
        raise DeliveryRefused("unreadable", f"the member {name} fails its checksum", name)


def _unpacked(handle: BinaryIO, info: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    packed = _packed(handle, info, name)
    if info.compress_type == zipfile.ZIP_STORED:
        yield from packed
        return
    if info.compress_type != zipfile.ZIP_DEFLATED:
        raise DeliveryRefused("unreadable", f"the member {name} is packed in a way that is not supported", name)
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for piece in packed:
            while piece and not inflate.eof:
                yield inflate.decompress(piece, _CHUNK)
                piece = inflate.unconsumed_tail
        while not inflate.eof and (piece := inflate.decompress(b"", _CHUNK)):
            yield piece
    except zlib.error:
        raise DeliveryRefused("unreadable", f"the member {name} does not unpack", name) from None
    if not inflate.eof:
        raise DeliveryRefused("unreadable", f"the member {name} ends too early", name)


def _packed(handle: BinaryIO, info: zipfile.ZipInfo, name: str) -> Iterator[bytes]:
    descriptor = handle.fileno()
    try:
        signature, name_length, extra_length = _LOCAL_HEADER.unpack(
            os.pread(descriptor, _LOCAL_HEADER.size, info.header_offset)
        )
    except (struct.error, OSError, OverflowError):
        signature = b""
    if signature != b"PK\x03\x04":
        raise DeliveryRefused("unreadable", f"the member {name} is not where the directory says", name)
    position = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
    left = info.compress_size
    while left:
        piece = os.pread(descriptor, min(_CHUNK, left), position)
        if not piece:
            raise DeliveryRefused("unreadable", f"the member {name} ends too early", name)
        position += len(piece)
        left -= len(piece)
        yield piece
