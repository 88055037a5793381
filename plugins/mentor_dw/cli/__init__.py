"""The command `mentor-dw`. Each group of commands has a module; heavy imports wait until a command needs them."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from mentor_dw.cli import (
    access,
    backups,
    bi,
    building,
    deciding,
    deliveries,
    erasing,
    extracts,
    house,
    keys,
    numbers,
    operating,
    papers,
    persons,
    receivers,
    rights,
    roles,
    users,
)
from mentor_dw.cli.failures import guarded
from mentor_dw.cli.recorded import record_commands
from mentor_dw.masked_output import mask_stderr

app = typer.Typer(
    help=(
        "The reporting warehouse for social-mentor support.\n\n"
        "Begin with `mentor-dw status`. A delivery is named by its number, the first column there.\n\n"
        "Exit code: 0 it is done; 1 it failed, and one line says why and what to do; 2 a delivery was refused, "
        "or a delivered extract cannot be made again as it was."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
house.register(app)
deliveries.register(app)
deciding.register(app)
numbers.register(app)
building.register(app)
extracts.register(app)
persons.register(app)
rights.register(app)
erasing.register(app)
papers.register(app)
roles.register(app)
users.register(app)
keys.register(app)
access.register(app)
receivers.register(app)
operating.register(app)
backups.register(app)
bi.register(app)


def run(arguments: Sequence[str]) -> int:
    """Run the command with `arguments`. Returns 0, 1 when something failed, 2 when a delivery was refused."""
    given = list(arguments) or ["--help"]
    group = record_commands(typer.main.get_command(app))
    return guarded(lambda: group(given, prog_name="mentor-dw", standalone_mode=False))


def main() -> None:
    """The entry point: `run` with the arguments of the process."""
    mask_stderr()
    sys.exit(run(sys.argv[1:]))
