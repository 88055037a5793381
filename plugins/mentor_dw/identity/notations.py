"""CPR numbers among bytes, however they are written: ten digits, nine, or with something between date and serial.

For looking through whole files: digits are found a block at a time, so that a register of millions takes minutes.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_ZERO, _NINE = 48, 57
_DIGITS = 10
#: Without the leading zero, and the date alone.
_SHORT, _DATES, _SERIAL = 9, (5, 6), 4
#: What may stand between date and serial: so many bytes (a dash may take three), none of them a letter, a delimiter,
#: a quotation mark or the end of a line.
_GAP = 3
_NO_GAP = b';"\r\n'


def numbers_in(content: bytes) -> Iterator[tuple[int, int, str]]:
    """Everything in `content` that could be a CPR number: first byte, first byte after it, the ten digits.

    In a run of more than ten digits every ten of them are looked at. Whether it is anybody's number only a look-up
    tells.
    """
    digit = np.frombuffer(content, np.uint8)
    digit = (digit >= _ZERO) & (digit <= _NINE)
    edges = np.flatnonzero(np.diff(digit.astype(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    sizes = ends - starts
    for run in np.flatnonzero(sizes >= _SHORT):
        start, end = int(starts[run]), int(ends[run])
        for at in range(start, max(end - _DIGITS, start) + 1):
            number = content[at : min(at + _DIGITS, end)]
            yield at, at + len(number), number.decode("ascii").zfill(_DIGITS)
    gaps = starts[1:] - ends[:-1]
    for run in np.flatnonzero(np.isin(sizes[:-1], _DATES) & (gaps <= _GAP) & (sizes[1:] == _SERIAL)):
        start, end, serial = int(starts[run]), int(ends[run]), int(starts[run + 1])
        if not any(byte in _NO_GAP or chr(byte).isalpha() and byte < 128 for byte in content[end:serial]):
            number = content[start:end] + content[serial : serial + _SERIAL]
            yield start, serial + _SERIAL, number.decode("ascii").zfill(_DIGITS)
