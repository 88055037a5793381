"""What a new version of a delivery tells differently from the one it replaces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from mentor_dw.delivery.specification.model import HIDDEN
from mentor_dw.delivery.tables import Column, Table, Value

NAME = "revision"

_COLUMNS = (
    Column("tabel", "Tabel", "Tabellen, som tallet står i.", "text"),
    Column("noegle", "Nøgle", "Rækken: kolonne=værdi for hver kolonne i tabellens nøgle.", "text"),
    Column("kolonne", "Kolonne", "Kolonnen, som tallet står i.", "text"),
    Column(
        "gammel_vaerdi",
        "Gammel værdi",
        "Værdien i den leverance, der erstattes; skjult, når den var skjult; tom, når den ikke var der.",
        "text",
        required=False,
    ),
    Column(
        "ny_vaerdi",
        "Ny værdi",
        "Værdien i denne leverance; skjult, når den er skjult; tom, når den ikke er der.",
        "text",
        required=False,
    ),
    Column("aarsag", "Årsag", "Hvorfor leverancen erstattes.", "text"),
)

_Rows = dict[str, dict[str, str | None]]


def revision(before: Sequence[Table], after: Sequence[Table], why: str) -> Table:
    """The values that differ between what was told `before` and what is told `after`, each with the reason `why`.

    One row per table, key and column; only what was told is in it: of a hidden value the word `skjult`. Numbers have a
    decimal comma.
    """
    old, new = ({table.name: _told(table) for table in tables} for tables in (before, after))
    rows: list[tuple[Value, ...]] = []
    for name in sorted(old.keys() | new.keys()):
        rows += [(name, *difference, why) for difference in _differences(old.get(name, {}), new.get(name, {}))]
    return Table(
        NAME,
        "Ændringer siden den leverance, der erstattes",
        "Hver værdi, der er anderledes end i den leverance, som denne erstatter.",
        _COLUMNS,
        ("tabel", "noegle", "kolonne"),
        tuple(rows),
    )


def _told(table: Table) -> _Rows:
    """By key in words, the values in words by column, without the columns of the key."""
    names = [column.name for column in table.columns]
    at = [names.index(name) for name in table.primary_key]
    values = [index for index, name in enumerate(names) if index not in at and name != HIDDEN]
    told = {}
    for row in table.rows:
        hidden = HIDDEN in names and row[names.index(HIDDEN)] == 1
        key = "; ".join(f"{names[index]}={in_words(row[index])}" for index in at)
        told[key] = {
            names[index]: HIDDEN if hidden and row[index] is None else in_words(row[index]) for index in values
        }
    return told


def in_words(value: Value) -> str | None:
    """A value as text: decimals with a comma, dates as ISO has them; nothing for null."""
    if value is None:
        return None
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value)


def _differences(old: _Rows, new: _Rows) -> Iterator[tuple[str, str, str | None, str | None]]:
    nothing: Mapping[str, str | None] = {}
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key, nothing), new.get(key, nothing)
        for column in sorted(was.keys() | now.keys()):
            if was.get(column) != now.get(column):
                yield key, column, was.get(column), now.get(column)
