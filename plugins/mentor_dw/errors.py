"""The errors a person may meet. Each says what is wrong and what to do next, and holds no personal value."""

from __future__ import annotations


class MentorDwError(Exception):
    """Something a person must act on.

    `message` says what is wrong; `next_step` (may be empty) says what to do about it.
    """

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()


class DeliveryRefused(MentorDwError):
    """A delivery that may not enter (source-files, table 'Bad input').

    `code` is one of the words in `REFUSAL_CODES`; `where` names the member, column or line, never a value.
    """

    def __init__(self, code: str, message: str, where: str = "") -> None:
        if code not in REFUSAL_CODES:
            raise ValueError(f"unknown refusal code {code}")
        super().__init__(message)
        self.code = code
        self.where = where


REFUSAL_CODES = frozenset(
    {
        "sha_mismatch",
        "unreadable",
        "zip_path",
        "zip_link",
        "zip_ratio",
        "member_missing",
        "column_missing",
        "duplicate_column",
        "wrong_encoding",
        "empty_file",
        "too_few_rows",
        "too_many_bad_rows",
        "withdrawn_before",
        "week_gap",
    }
)


#: What to do where PostgreSQL has no room (53100) or no memory (53200).
_RUNBOOK_OF = {"53100": "See docs/runbooks/disk_full.md.", "53200": "See docs/runbooks/out_of_memory.md."}


class DatabaseProblem(MentorDwError):
    """A database error without the values PostgreSQL puts into DETAIL, CONTEXT and the statement."""

    def __init__(self, sqlstate: str | None, what: str) -> None:
        super().__init__(
            f"the database refused: {what} (SQLSTATE {sqlstate or 'unknown'})", _RUNBOOK_OF.get(sqlstate or "", "")
        )
        self.sqlstate = sqlstate


class DatabaseTrouble(DatabaseProblem):
    """A database problem that may pass by itself: no connection, no resources, a lock, a lost race."""


class TryAgain(MentorDwError):
    """Something that passes by itself, such as a build that is not published yet: a task may try again."""


class NoRoom(TryAgain):
    """The disk is full: nothing half was kept, and all goes on when there is room."""

    def __init__(self) -> None:
        super().__init__("There is no room left on the disk.", "See docs/runbooks/disk_full.md.")


class NoMemory(TryAgain):
    """The machine, or the limit of this process, has no memory left."""

    def __init__(self) -> None:
        super().__init__("There is not enough memory.", "See docs/runbooks/out_of_memory.md.")
