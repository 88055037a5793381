"""How the command speaks: tables for people, JSON beside every table, one line for an error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

#: Whoever reads a pipe or a file has no screen width that a table should be squeezed into.
_WIDTH = None if sys.stdout.isatty() else 200

console = Console(highlight=False, width=_WIDTH)
errors = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:
    """`value` as JSON on standard output, decimals and times as text that loses nothing."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=1, default=str)
    sys.stdout.write("\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "none") -> None:
    """A table with a title; `empty` is said when there is no row.

    Cells may hold what came with a file, so nothing in them is a command to the terminal or to the library.
    """
    rows = list(rows)
    if not rows:
        console.print(Text.assemble((title, "bold"), f": {empty}"))
        return
    table = Table(title=Text(title), title_justify="left", title_style="bold", show_lines=False, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else _printable(str(cell))) for cell in row))
    console.print(table)


def _printable(text: str) -> str:
    return "".join(one if one.isprintable() or one == "\n" else "?" for one in text)


def print_text(text: str) -> None:
    """`text` as it is, never wrapped: it may be pasted or piped on."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def say(line: str) -> None:
    """One line of progress."""
    console.print(line, markup=False)


def say_aside(line: str) -> None:
    """One line of progress beside an answer that is read by a program."""
    errors.print(line, markup=False)
