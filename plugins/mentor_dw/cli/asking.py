"""What commands about a person ask for: a CPR number on standard input, and words that hold none."""

from __future__ import annotations

import getpass
import sys

from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.masking import holds_cpr


def number_asked() -> Cpr:
    """The number that was typed, without being shown, or piped. Raises MentorDwError when it is none."""
    text = sys.stdin.read() if not sys.stdin.isatty() else getpass.getpass("CPR number (not shown): ")
    parsed = parse_cpr(text)
    if not isinstance(parsed, Cpr):
        raise MentorDwError("That is no CPR number.", "Ten digits are needed, one person at a time.")
    return parsed


def without_cpr(what: str, text: str | None, next_step: str) -> str:
    """`text`, blanks around it removed. Raises MentorDwError when it is empty or may hold a CPR number."""
    said = (text or "").strip()
    if not said:
        raise MentorDwError(f"This is done on the record and needs a {what}.", next_step)
    if holds_cpr(said):
        raise MentorDwError(
            f"The {what} holds what looks like a CPR number, and it is read by many.", "Say it without the number."
        )
    return said
