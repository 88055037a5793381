"""The command `mentor-dw`. Each group of commands has a module; heavy imports wait until a command needs them."""

from __future__ import annotations

import sys

import typer

from mentor_dw.cli import deliveries, house, numbers
from mentor_dw.cli.output import errors
from mentor_dw.errors import MentorDwError

app = typer.Typer(
    help="The reporting warehouse for social-mentor support.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
house.register(app)
deliveries.register(app)
numbers.register(app)


def main() -> None:
    """Run the command. Exit 0, 1 when something failed, 2 when a delivery was refused."""
    try:
        app()
    except MentorDwError as error:
        errors.print(f"mentor-dw: {error.message}", markup=False, style="red")
        if error.next_step:
            errors.print(error.next_step, markup=False)
        sys.exit(1)
    except KeyboardInterrupt:
        errors.print("mentor-dw: stopped by you; what was begun goes on in Airflow.")
        sys.exit(130)
