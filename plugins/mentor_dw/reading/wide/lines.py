"""Where lines and their fields stand in a block of bytes, found by counting delimiters sixty-four bytes at a time."""

from __future__ import annotations

import numpy as np

from mentor_dw.reading.wide.bits import pack, places_of

_NEWLINE, _RETURN = 10, 13
_ONES = np.uint64(0x0101010101010101)
_HIGH = np.uint64(0x8080808080808080)
#: Place of the n-th set bit of a byte: row byte, column n.
_SELECT = np.zeros((256, 8), np.uint8)
for _byte in range(256):
    _places = [bit for bit in range(8) if _byte >> bit & 1]
    _SELECT[_byte, : len(_places)] = _places


class Lines:
    """The lines of `content`, which ends with LF. `starts` and `ends` (line ends left out) are places of bytes."""

    def __init__(self, content: np.ndarray, delimiter: str) -> None:
        self.content = content
        self._delimiter = ord(delimiter)
        newlines = places_of(pack(content == _NEWLINE))
        self.starts = np.append(0, newlines + 1)[:-1]
        self.ends = newlines - (content[newlines - 1] == _RETURN)
        self._words = pack(content == self._delimiter)
        in_words = np.bitwise_count(self._words).astype(np.intp)
        #: delimiters up to the end of each word
        self._up_to = np.cumsum(in_words)
        self._before = self._up_to - in_words
        word, bit = newlines >> 6, (newlines & 63).astype(np.uint64)
        lower = self._words[word] & ((np.uint64(1) << bit) - np.uint64(1))
        ranks = self._before[word] + np.bitwise_count(lower)
        #: delimiters before each line
        self._first = np.append(0, ranks)[:-1]
        #: how many fields each line has
        self.widths = ranks - self._first + 1

    def delimiters(self, lines: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """Places of the delimiters `numbers` (from 0, ascending) of `lines` that have them: a row each."""
        wanted = (self._first[lines][:, np.newaxis] + numbers).ravel()
        word = np.searchsorted(self._up_to, wanted, side="right")
        bits = self._words[word]
        left = (wanted - self._before[word]).astype(np.uint64)
        # Set bits of a word up to and with each of its bytes, one count a byte.
        count = bits - (bits >> np.uint64(1) & np.uint64(0x5555555555555555))
        count = (count & np.uint64(0x3333333333333333)) + (count >> np.uint64(2) & np.uint64(0x3333333333333333))
        count = ((count + (count >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)) * _ONES
        # The bytes that end before the wanted bit: their high bit survives the subtraction.
        shift = np.bitwise_count(((left * _ONES) | _HIGH) - count & _HIGH).astype(np.uint64) << np.uint64(3)
        left -= (count << np.uint64(8)) >> shift & np.uint64(0xFF)
        byte = bits >> shift & np.uint64(0xFF)
        places = (word << 6) + shift.astype(np.intp) + _SELECT[byte.astype(np.intp), left.astype(np.intp)]
        return places.reshape(len(lines), len(numbers))

    def all_delimiters(self) -> np.ndarray:
        """The places of all delimiters."""
        return np.flatnonzero(self.content == self._delimiter)

    def edges(self, lines: np.ndarray, delimiters: np.ndarray) -> np.ndarray:
        """Of `lines`, which have all the same width, the edges of their fields, a row each: the place before the first
        byte, the places of the delimiters (`delimiters` are all of the block) and the place behind the last byte."""
        width = self.widths[lines[0]]
        found = np.empty((len(lines), width + 1), np.intp)
        found[:, 0] = self.starts[lines] - 1
        found[:, 1:-1] = delimiters[self._first[lines][:, np.newaxis] + np.arange(width - 1)]
        found[:, -1] = self.ends[lines]
        return found
