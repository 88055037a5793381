"""Who looks at a page, what she may see on it, and what she may decide."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import psycopg
from airflow.api_fastapi.core_api.security import GetUserDep
from fastapi import Depends, HTTPException, status

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.local.page_logins import login_of, of_one_area

#: Roles of Airflow that may start a run, and so may have a delivery decided upon.
_DECIDING = ("user", "op", "admin")
#: No query of a page may take longer; a page that cannot answer in time says so.
_LONGEST = "15s"


@dataclass(frozen=True)
class Viewer:
    """Whoever is logged in on the page. `sees`: the login of the warehouse whose numbers she is shown, or None."""

    name: str
    role: str
    sees: str | None

    @property
    def sees_one_area(self) -> bool:
        """Whether she belongs to an area, and so sees nothing that is told of all of them."""
        return of_one_area(self.sees)

    @property
    def may_decide(self) -> bool:
        """Whether she may accept, withdraw and rejudge deliveries."""
        return self.role in _DECIDING and not self.sees_one_area

    @contextmanager
    def numbers(self) -> Iterator[psycopg.Connection[dict[str, Any]]]:
        """A connection that reads `bi` with her rights; who it was stands among the reads about persons.

        Raises HTTPException 403 for a viewer who sees no numbers.
        """
        if self.sees is None:
            raise HTTPException(status.HTTP_403_FORBIDDEN, "no_numbers")
        with connect(self.sees) as connection:
            connection.execute(
                "select set_config('mentor_dw.purpose', %s, true), set_config('statement_timeout', %s, true)",
                (f"portal: {self.name}", _LONGEST),
            )
            yield connection


def viewer(user: GetUserDep) -> Viewer:
    """The viewer behind a request; 401 without a login."""
    login = login_of(get_settings(), user.get_name())
    if login is None:
        raise HTTPException(status.HTTP_401_UNAUTHORIZED, "this log-in has ended")
    return Viewer(login.name, login.role, login.sees)


def viewer_of_the_house(who: Annotated[Viewer, Depends(viewer)]) -> Viewer:
    """A viewer who may see what is told of all areas; 403 for one who belongs to an area."""
    if who.sees_one_area:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "one_area")
    return who


def viewer_of_all_numbers(who: Annotated[Viewer, Depends(viewer_of_the_house)]) -> Viewer:
    """A viewer who may see the numbers of all areas; 403 for any other."""
    if who.sees is None:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "no_numbers")
    return who


def viewer_of_some_numbers(who: Annotated[Viewer, Depends(viewer)]) -> Viewer:
    """A viewer who may see numbers, of all areas or of one; 403 for any other."""
    if who.sees is None:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "no_numbers")
    return who


def decider(who: Annotated[Viewer, Depends(viewer_of_the_house)]) -> Viewer:
    """A viewer who may decide about deliveries; 403 for any other."""
    if not who.may_decide:
        raise HTTPException(status.HTTP_403_FORBIDDEN, "no_decisions")
    return who
