"""A rotation that is killed at any step is finished by the next one, and the house works in between."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from rotation_work import Kept, quiet

from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.identity.keys import load_keys
from mentor_dw.identity.ring import read_ring
from mentor_dw.rotation import archive_key, flow, record, vault_keys
from mentor_dw.rotation.flow import go_on, rotate

pytestmark = pytest.mark.postgres


def killed_after(number: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wraps a function: SIGKILL to this process when it has run `number` times; 0 kills before the first."""

    def wrap(function: Callable[..., Any]) -> Callable[..., Any]:
        runs = 0

        def run(*args: Any, **kwargs: Any) -> Any:
            nonlocal runs
            if number == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            result = function(*args, **kwargs)
            runs += 1
            if runs == number:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return run

    return wrap


def kill_during(kind: str, name: str | None, module: Any, function: str, runs: int) -> None:
    """Rotate in a process of its own that ends by SIGKILL at that place."""
    child = os.fork()
    if child == 0:
        try:
            setattr(module, function, killed_after(runs)(getattr(module, function)))
            rotate(kind, name, "Sag 3", "somebody", quiet)
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


VAULT = [
    ("nothing had happened", record, "begin", 1, False),
    ("its key is in the ring", flow, "write_ring", 1, True),
    ("rows were being made anew", vault_keys, "note_key_in_use", 0, True),
    ("the vault has the new key, the ring says the old", vault_keys, "write_ring", 0, True),
    ("all but the record", record, "finish", 0, True),
]


@pytest.mark.parametrize("kind", ["lookup", "seal"])
@pytest.mark.parametrize(("state", "module", "function", "runs", "goes_on"), VAULT, ids=[one[0] for one in VAULT])
def test_the_vault_has_one_key_at_any_moment(
    home: Settings, meet: Any, kind: str, state: str, module: Any, function: str, runs: int, goes_on: bool
) -> None:
    known, before = meet(range(300)), load_keys(home.secrets)
    kill_during(kind, None, module, function, runs)
    meet(range(200, 320))
    assert meet(range(300)) == known
    done = rotate(kind, None, None, "somebody else", quiet)
    # What had begun is finished, and not begun once more.
    assert done.by_whom == ("somebody" if goes_on else "somebody else") and done.items == 320
    assert meet(range(300), before) == known
    (key,) = read_ring(kind, home.secrets)
    assert key.key_id == done.new_key_id and key.state == "current"


ARCHIVE = [
    ("nothing had happened", record, "begin", 1),
    ("the new key is current", flow, "write_ring", 1),
    ("one file is closed anew", archive_key, "_close_again", 1),
    ("a file is half closed", archive_key, "sync_folder", 0),
    ("the old key is gone", archive_key, "write_ring", 1),
]


@pytest.mark.parametrize(("state", "module", "function", "runs"), ARCHIVE, ids=[one[0] for one in ARCHIVE])
def test_kept_files_are_whole_at_any_moment(
    home: Settings, kept: Kept, state: str, module: Any, function: str, runs: int
) -> None:
    former = load_keys(home.secrets).archive_identity
    kill_during("archive", None, module, function, runs)
    assert [kept.read(row) for row in kept.rows] == [0, 20, 6_000_000]
    rotate("archive", None, None, "somebody else", quiet)
    (identity,) = load_keys(home.secrets).archive_identities
    folder = home.archive / "webreg"
    assert len([path for path in folder.iterdir() if path.is_file()]) == 3
    assert all(
        archive_key.opens(path, identity) and not archive_key.opens(path, former) for path in folder.glob("*.age")
    )


@pytest.mark.parametrize(("function", "runs"), [("begin", 1), ("note", 0)])
@pytest.mark.parametrize(("kind", "name"), [("signing", None), ("receiver", "star")])
def test_up_finishes_what_it_finds(home: Settings, kind: str, name: str | None, function: str, runs: int) -> None:
    kill_during(kind, name, record if function == "begin" else flow.named_keys, function, runs)
    done = go_on(quiet)
    assert [one.kind for one in done] == ([] if function == "begin" else [kind])
    with connect("operator") as connection:
        assert record.unfinished(connection) == []
    assert go_on(quiet) == []


def test_a_password_that_was_not_written_down_is_made_again(home: Settings, lent_passwords: None) -> None:
    from mentor_dw.local import passwords

    former = address("loader").password
    kill_during("password", "loader", passwords, "write_connection_file", 0)
    assert len(go_on(quiet)) == 1 and address("loader").password != former
    with connect("loader") as connection:
        connection.execute("select 1")
