"""A table as it is given away: what content makes, what files are written from, what a schema describes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

#: What stands in a field. None: hidden, or not told; a text of a code list is never None.
Value = str | int | Decimal | date | None

#: The code of a margin: everybody, whatever the dimension says.
TOTAL = "i_alt"


@dataclass(frozen=True)
class Column:
    """A column of a table that is given away. `description` and `title` are Danish; `unit` such as "kr." or "pct."."""

    name: str
    title: str
    description: str
    type: Literal["text", "integer", "decimal", "date"]
    codes: Mapping[str, str] | None = None
    unit: str | None = None
    decimals: int | None = None
    required: bool = True


@dataclass(frozen=True)
class Table:
    """A table that is given away. `rows` are sorted by `primary_key`, texts by their bytes in UTF-8 (collation C)."""

    name: str
    title: str
    description: str
    columns: tuple[Column, ...]
    primary_key: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...] = field(repr=False)
