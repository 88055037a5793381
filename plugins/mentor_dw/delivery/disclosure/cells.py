"""The numbers of a delivery as an attacker sees them: cells, the sums between them, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from mentor_dw.errors import MentorDwError

#: Names a number wherever it is told: measure, population and place in it, as JSON with sorted keys. Two tables, or two
#: deliveries, that tell the same number of the same people use the same key.
CellKey = str


class Why(StrEnum):
    """Why a cell is not told as it is."""

    SMALL = "small"
    FEW_MENTORS = "few_mentors"
    FEW_COMPANIES = "few_companies"
    DOMINANCE = "dominance"
    GROUP = "group"
    COMPLEMENTARY = "complementary"
    WITH_ITS_COUNT = "with_its_count"
    EARLIER = "earlier"
    ROUNDED = "rounded"


@dataclass(frozen=True)
class Cell:
    """One number that a delivery would tell.

    `persons`, `mentors` and `companies` are how many different ones stand behind it, None where the number is about
    none of that kind (a budget). `largest` are the largest contributions of single persons to an amount, largest first
    (rules.md V8). `group_of`: for a sensitive dimension, the key of the cell whose people this is a part of; equal
    persons in both give the group away (V11). `follows`: keys of the counts that this number may only be told with (a
    share or a mean, V10). A number that follows from those is in no relation.
    """

    key: CellKey
    value: int | Decimal
    kind: str = "count"  # count, amount, derived
    persons: int | None = None
    mentors: int | None = None
    companies: int | None = None
    largest: tuple[Decimal, ...] = field(default=(), repr=False)
    group_of: CellKey | None = None
    follows: tuple[CellKey, ...] = ()


@dataclass(frozen=True)
class Relation:
    """`total` is the sum of `parts`, as everybody who reads the tables knows."""

    total: CellKey
    parts: tuple[CellKey, ...]


@dataclass(frozen=True)
class Told:
    """A cell as an earlier delivery to the same receiver told it (`shown` None: hidden). `value` is what it was.

    `why` as the ledger has it. Without it, a hidden count below the threshold is taken for a small one and everything
    else that was hidden for complementary.
    """

    key: CellKey
    value: int | Decimal
    shown: int | Decimal | None
    extract_id: int
    why: Why | None = None


@dataclass(frozen=True)
class Rule:
    """How a receiver's numbers are protected (rules.md V6-V8). `threshold` 0: nothing is small, by law."""

    threshold: int = 5
    method: str = "suppress"  # suppress, round
    base: int = 5
    dominance_top: int = 2
    dominance_share: Decimal = Decimal("0.85")
    dominance_contributors: int = 5


@dataclass(frozen=True)
class Shown:
    """What becomes of a cell: `value` as it is told (None: hidden) and why it is not told as it is (None: it is)."""

    value: int | Decimal | None
    why: Why | None


@dataclass(frozen=True)
class Protected:
    """The cells as they may be told, and the promise that was proved: `bounds` of every hidden or rounded count.

    `summary`: counts by reason (`told`, `hidden`, and one per Why), `cells`, `threshold`, `method`, `promise` in words
    of Danish, `seconds`. JSON-able, no value of a hidden cell in it.
    """

    cells: Mapping[CellKey, Shown]
    bounds: Mapping[CellKey, tuple[float, float]] = field(repr=False)
    summary: Mapping[str, object]


class DisclosureRefused(MentorDwError):
    """Nothing that can be told keeps the promise. The message names the tables in words, and no value."""
