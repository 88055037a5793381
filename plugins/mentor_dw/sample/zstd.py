"""Zstandard frames without a compressor: RFC 8878 allows blocks that hold their bytes as they are.

Such a file is larger than a compressed one, but every reader of the format takes it, and the same bytes in give the
same bytes out whatever compressor another machine has.
"""

from __future__ import annotations

from typing import BinaryIO

_MAGIC = bytes.fromhex("28b52ffd")
#: No checksum, no content size, window of 128 KB: RFC 8878, 3.1.1.1.
_HEADER = bytes([0x00, 0x38])
_BLOCK = 128 * 1024


class ZstdWriter:
    """Writes one frame of stored blocks into a file that stays open."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting = b""
        file.write(_MAGIC + _HEADER)

    def write(self, data: bytes) -> int:
        """Append bytes; they reach the file in full blocks."""
        self._waiting += data
        while len(self._waiting) > _BLOCK:
            self._block(self._waiting[:_BLOCK], last=False)
            self._waiting = self._waiting[_BLOCK:]
        return len(data)

    def close(self) -> None:
        """Write the last block; the file itself is not closed."""
        self._block(self._waiting, last=True)

    def _block(self, data: bytes, *, last: bool) -> None:
        # Three bytes, little endian: last block, type 0 (raw) in two bits, size.
        self._file.write((len(data) << 3 | last).to_bytes(3, "little") + data)
