"""What may be said about a failed dbt node: its name and what is wrong with the code, never a value of a row.

dbt passes PostgreSQL's message on as text, so there is no SQLSTATE to go by. A database message is therefore shown
only when it is one of the forms that name objects; every other one is withheld.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from mentor_dw.masking import mask_cpr

_NAMES_OBJECTS_ONLY = re.compile(
    r"""^\s*(
        syntax\ error\ at\ or\ near\ "[^"]*"
      | (column|relation|function|schema|type|operator|constraint|role|database|table)\ \S.*
        (does\ not\ exist|already\ exists|is\ ambiguous)
      | (column\ reference|missing\ FROM-clause\ entry)\ .*
      | permission\ denied\ .*
      | must\ be\ owner\ of\ .*
      | connection\ .*(refused|failed|closed).*
      | server\ closed\ the\ connection.*
      | terminating\ connection.*
      | deadlock\ detected
      | division\ by\ zero
      | canceling\ statement\ .*
      | duplicate\ key\ value\ violates\ unique\ constraint\ "[^"]*"
      | null\ value\ in\ column\ "[^"]*"\ of\ relation\ "[^"]*"\ violates\ not-null\ constraint
      | new\ row\ for\ relation\ "[^"]*"\ violates\ check\ constraint\ "[^"]*"
    )\s*$""",
    re.VERBOSE,
)
#: A broken contract is explained by a table of column names and types; longer ones help nobody.
_CODE_LINES = 25
_NAMED_NODES = 12


def safe_message(message: str | None) -> str:
    """The part of dbt's `message` that speaks of code and counts; database messages that may hold values are cut."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    if not lines:
        return "no message"
    if "Database Error" in lines[0] or "Runtime Error" in lines[0]:
        known = [line for line in lines[1:] if _NAMES_OBJECTS_ONLY.match(line)]
        return "; ".join(["database error", *known]) if known else "database error, its text is withheld"
    if lines[0].startswith("Compilation Error") or "contract" in lines[0]:
        return mask_cpr("\n".join(lines[:_CODE_LINES]))
    return mask_cpr(lines[0])


def describe(results: Sequence[Any]) -> str:
    """One text that names the failed nodes among dbt's node results, the first ones with their messages."""
    shown = [f"{result.node.name}: {safe_message(result.message)}" for result in results[:_NAMED_NODES]]
    if len(results) > _NAMED_NODES:
        shown.append(f"and {len(results) - _NAMED_NODES} more")
    return "\n".join(shown)
