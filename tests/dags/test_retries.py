"""Which errors a task is tried again after, and which not: by Airflow's own policy object, for every class we have.

A real scheduler shows one of each in tests/end_to_end/test_crashes.py.
"""

from __future__ import annotations

import ast
import builtins
import errno
import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from airflow.sdk import RetryAction

from mentor_dw.errors import DatabaseProblem, DatabaseTrouble, DeliveryRefused, MentorDwError, NoMemory, NoRoom
from mentor_dw.orchestration import DEFAULT_ARGS, LONGEST_DELAY, RETRY_POLICY
from mentor_dw.trouble import database_trouble, shortage, shortage_in_words

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"

#: Seconds before the second try.
RETRIED = {
    "mentor_dw.errors.DatabaseTrouble": 10,
    "mentor_dw.errors.TryAgain": 60,
    "mentor_dw.errors.NoRoom": 60,
    "mentor_dw.errors.NoMemory": 60,
    "mentor_dw.delivery.transport.errors.TransportTrouble": 60,
}
NOT_RETRIED = {
    "mentor_dw.errors.MentorDwError",
    "mentor_dw.errors.DatabaseProblem",
    "mentor_dw.errors.DeliveryRefused",
    "mentor_dw.delivery.disclosure.cells.DisclosureRefused",
    "mentor_dw.delivery.package.envelope.EnvelopeDamaged",
    "mentor_dw.delivery.package.gate.PackageRefused",
    "mentor_dw.delivery.transport.errors.TransportRefused",
    "mentor_dw.delivery.transport.receipts.ReceiptUnreadable",
    "mentor_dw.figures.choose.SeveralFigures",
    "mentor_dw.ingest.keep.DoesNotOpen",
    "mentor_dw.ingest.without.CannotSeparate",
}
#: They are caught where they are raised, and no task ever sees them.
INSIDE = {
    "mentor_dw.cli.persons._TriedOnly",
    "mentor_dw.ingest.decide._Undo",
    "mentor_dw.local.demo_receiving.Refused",
    "mentor_dw.privacy.preview._Undo",
    "mentor_dw.rotation.archive_key._Damaged",
}


@cache
def error_classes() -> dict[str, str]:
    """The module of every class of errors in the package by its dotted name, read from the source."""
    classes = [
        (module, node.name, {base.id if isinstance(base, ast.Name) else base.attr for base in node.bases})
        for module, node in class_definitions()
    ]
    errors = {
        name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
    }
    while more := {name for _, name, bases in classes if bases & errors} - errors:
        errors |= more
    return {f"{module}.{name}": module for module, name, bases in classes if bases & errors}


def class_definitions() -> Iterator[tuple[str, ast.ClassDef]]:
    """Every class that is derived from a plain name, with its module."""
    for file in sorted((PLUGINS / "mentor_dw").rglob("*.py")):
        module = ".".join(file.relative_to(PLUGINS).with_suffix("").parts).removesuffix(".__init__")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and all(
                isinstance(base, (ast.Name, ast.Attribute)) for base in node.bases
            ):
                yield module, node


def decision(error: BaseException, try_number: int = 1):
    return RETRY_POLICY.evaluate(error, try_number, DEFAULT_ARGS["retries"])


def test_every_class_of_errors_has_been_decided_about():
    decided = RETRIED.keys() | NOT_RETRIED | INSIDE
    assert error_classes().keys() == decided, "say in this file whether a task is tried again after it"


@pytest.mark.parametrize("name", sorted(RETRIED))
def test_what_may_pass_is_tried_again_with_growing_pauses(name):
    error = made(name)
    delays = [decision(error, number).retry_delay for number in (1, 2, 3, 20)]
    assert decision(error).action is RetryAction.RETRY
    assert delays[0] == timedelta(seconds=RETRIED[name])
    assert delays[1:] == [2 * delays[0], 4 * delays[0], LONGEST_DELAY]


@pytest.mark.parametrize("name", sorted(NOT_RETRIED))
def test_what_a_person_must_act_on_is_not_tried_again(name):
    assert decision(made(name)).action is RetryAction.FAIL


def test_what_nobody_knows_is_tried_again_as_often_as_a_task_that_was_killed():
    assert decision(ValueError("anything")).action is RetryAction.DEFAULT
    assert DEFAULT_ARGS["retries"] == 2
    assert DEFAULT_ARGS["retry_exponential_backoff"] > 1


@pytest.mark.parametrize(
    ("sqlstate", "action", "runbook"),
    [
        ("53100", RetryAction.RETRY, "docs/runbooks/disk_full.md"),
        ("53200", RetryAction.RETRY, "docs/runbooks/out_of_memory.md"),
        ("57P01", RetryAction.RETRY, ""),
        (None, RetryAction.RETRY, ""),
        ("23505", RetryAction.FAIL, ""),
    ],
)
def test_a_database_without_room_or_memory_names_its_runbook(sqlstate, action, runbook):
    kind = DatabaseProblem if action is RetryAction.FAIL else DatabaseTrouble
    error = kind(sqlstate, "anything")
    assert decision(error).action is action
    assert runbook in error.next_step


@pytest.mark.parametrize(
    ("said", "sqlstate"),
    [
        ('could not extend file "base/5/16386": No space left on device\nHINT: Check free disk space.', "53100"),
        ("out of memory\nDETAIL:  Failed on request of size 4096 in memory context.", "53200"),
        ("sorry, too many clients already", "53300"),
        ("terminating connection due to administrator command", "57P01"),
        ("the database system is in recovery mode", "57P03"),
        ("server closed the connection unexpectedly", None),
        ('connection to server at "127.0.0.1", port 5432 failed: Connection refused', None),
    ],
)
def test_what_dbt_and_great_expectations_pass_on_is_recognised(said, sqlstate):
    trouble = database_trouble(f"Database Error in model dim_borger (models/dim_borger.sql)\n  {said}")
    assert trouble is not None and trouble.sqlstate == sqlstate
    assert decision(trouble).action is RetryAction.RETRY
    assert "base/5" not in str(trouble)


@pytest.mark.parametrize(
    "said", ["Got 3 results, configured to fail if != 0", 'column "navn" does not exist', "division by zero", None]
)
def test_a_failed_check_is_no_trouble_that_passes(said):
    assert database_trouble(said) is None


def test_a_library_that_wraps_a_full_disk_is_understood():
    with pytest.raises(NoRoom, match="disk_full.md"), shortage_in_words():
        try:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            raise RuntimeError("the workbook could not be closed") from error


def test_missing_memory_is_understood_and_everything_else_is_left_alone():
    with pytest.raises(NoMemory, match="out_of_memory.md"), shortage_in_words():
        raise MemoryError
    with pytest.raises(FileNotFoundError), shortage_in_words():
        raise FileNotFoundError(errno.ENOENT, "no such file")
    with pytest.raises(MentorDwError, match="a person"), shortage_in_words():
        raise MentorDwError("a person must act")
    assert shortage(KeyError("out")) is None


def made(name: str) -> BaseException:
    """An error of the class called `name`."""
    kind = getattr(import_module(error_classes()[name]), name.rpartition(".")[2])
    if issubclass(kind, DatabaseProblem):
        return kind("57P01" if kind is DatabaseTrouble else "23505", "anything")
    if kind is DeliveryRefused:
        return kind("unreadable", "anything")
    error = kind.__new__(kind)
    error.args = ("anything",)
    return error
