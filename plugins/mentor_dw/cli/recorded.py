"""Commands that change something are entered in the audit trail, when they begin and when they end.

Every command is, but those that only look: a new one cannot be forgotten. Of what was given, the options' names are
kept, and the values of those that name no person of a register.
"""

from __future__ import annotations

import functools
import getpass
from collections.abc import Callable
from typing import Any

import typer

from mentor_dw.cli.output import say_aside
from mentor_dw.errors import MentorDwError
from mentor_dw.masking import mask_cpr

#: Commands that change nothing in the house.
LOOKING = frozenset(
    (
        *(
            "status",
            "alerts",
            "alert-test",
            "metrics",
            "audit",
            "quarantine",
            "report",
            "changes",
            "figures",
            "explain",
        ),
        *("generate", "check", "data-dictionary", "papers", "persons", "restrictions", "keys"),
        *("extracts", "receivers", "receiver-check", "backups", "backup-check"),
    )
)
#: Arguments whose values say what was done to what, and never of whom.
SHOWN = frozenset(("delivery", "alert", "name", "period", "kind", "role", "schema", "moment", "full"))
#: An option with which a command changes nothing, and one without which it changes nothing.
TRYING, CARRYING_OUT = "dry_run", "carry_out"
#: When it ends, there is no database to enter that in.
LAST = "down"
#: What an argument that is not shown is kept as, and arguments about how a command speaks.
GIVEN = "given"
_MANNERS = frozenset(("as_json", "yes"))


def record_commands(group: Any) -> Any:
    """`group` with every command that changes something entered as it is run; those of its groups too."""
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        for sub, one in inner.items() if inner else ():
            one.callback = recorded(f"{name} {sub}", one.callback)
        if inner is None and name not in LOOKING:
            command.callback = recorded(name, command.callback)
    return group


def arguments_shown(given: dict[str, Any]) -> dict[str, Any]:
    """What is kept of the arguments of a command."""
    return {
        name: _shown(value) if name in SHOWN else True if value is True else GIVEN
        for name, value in sorted(given.items())
        if name not in _MANNERS and value not in (None, False, [], ())
    }


def _shown(value: Any) -> Any:
    return value if isinstance(value, (bool, int)) and value < 10**8 else mask_cpr(str(value))[:100]


def recorded(name: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    """`callback` as the command `name`, entered when it begins and when it ends."""

    @functools.wraps(callback)
    def run(**given: Any) -> Any:
        if given.get(TRYING) or given.get(CARRYING_OUT) is False:
            return callback(**given)
        arguments, outcome = arguments_shown(given), "failed"
        action_id = _begin(name, arguments)
        try:
            result = callback(**given)
            outcome = "done"
            return result
        except typer.Exit as end:
            outcome = {0: "done", 2: "refused"}.get(end.exit_code, "failed")
            raise
        except (typer.Abort, KeyboardInterrupt):
            outcome = "stopped"
            raise
        finally:
            _end(name, arguments, action_id, outcome)

    return run


def _begin(name: str, arguments: dict[str, Any]) -> int | None:
    """The number of the entry; None where there is no house to enter it in, or none that answers yet.

    What failed for the same reason changed nothing; only what was done all the same is worth a word (`_end`).
    """
    from mentor_dw.database import connect
    from mentor_dw.ledger import actions

    try:
        with connect("loader") as connection:
            return actions.begin(connection, getpass.getuser(), name, arguments)
    except MentorDwError:
        return None


def _end(name: str, arguments: dict[str, Any], action_id: int | None, outcome: Any) -> None:
    from mentor_dw.database import connect
    from mentor_dw.ledger import actions

    try:
        with connect("loader") as connection:
            if action_id is None:
                # Such as `up`, which brought the house about.
                action_id = actions.begin(connection, getpass.getuser(), name, arguments)
            actions.end(connection, action_id, outcome)
    except MentorDwError as error:
        if outcome == "done" and name != LAST:
            say_aside(f"That is not in the audit trail: {error.message}")
