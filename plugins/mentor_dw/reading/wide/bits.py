"""Sets of places among bytes, kept as one bit a place: sixty-four places in an operation."""

from __future__ import annotations

import numpy as np


def pack(marked: np.ndarray) -> np.ndarray:
    """Booleans as bits, the first one the lowest bit of the first word; at least one bit more than there are."""
    words = np.zeros(len(marked) // 64 + 1, np.uint64)
    bits = np.packbits(marked, bitorder="little")
    words.view(np.uint8)[: len(bits)] = bits
    return words


def later(words: np.ndarray, places: int) -> np.ndarray:
    """Every bit so many places later, fewer than 64; the first ones are set."""
    moved = words << np.uint64(places)
    moved[1:] |= words[:-1] >> np.uint64(64 - places)
    moved[0] |= np.uint64((1 << places) - 1)
    return moved


def sooner(words: np.ndarray, places: int) -> np.ndarray:
    """Every bit so many places sooner, fewer than 64; the last ones are not set."""
    moved = words >> np.uint64(places)
    moved[:-1] |= words[1:] << np.uint64(64 - places)
    return moved


def set_at(words: np.ndarray, places: np.ndarray) -> None:
    """Set the bits at `places`."""
    np.bitwise_or.at(words, places >> 6, np.uint64(1) << (places & 63).astype(np.uint64))


def places_of(words: np.ndarray) -> np.ndarray:
    """The places of the bits that are set, ascending."""
    at = np.flatnonzero(words != 0)
    left, first = words[at], at << 6
    count = np.bitwise_count(left).astype(np.intp)
    into = np.cumsum(count)
    places = np.empty(into[-1] if len(into) else 0, np.intp)
    into -= count
    while len(left):
        # The lowest bit of every word, then the next one of those that have one.
        lowest = left & (~left + np.uint64(1))
        places[into] = first + np.bitwise_count(lowest - np.uint64(1))
        left ^= lowest
        more = np.flatnonzero(left)
        left, first, into = left[more], first[more], into[more] + 1
    return places
