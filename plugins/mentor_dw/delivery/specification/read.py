"""Extracts and receivers as their files describe them: `extracts/<name>.yml`, `extracts/receivers/<receiver>.yml`.

What is wrong in a file is found here, before anything runs by it: each fault with its place and what to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.delivery.specification.faults import in_words
from mentor_dw.delivery.specification.model import Receiver, Specification, TableSpec
from mentor_dw.delivery.specification.models import MODELS, Model, has_code_list, read_model
from mentor_dw.errors import MentorDwError

EXTRACTS = PROJECT_ROOT / "extracts"

_Described = TypeVar("_Described", bound=BaseModel)
#: Types of columns that can be added up.
_NUMERIC = frozenset({"numeric", "integer", "bigint", "smallint"})


def specifications(folder: Path = EXTRACTS) -> list[str]:
    """The names of the extracts that are specified, in alphabetical order."""
    return sorted(path.stem for path in folder.glob("*.yml"))


def read_specification(name: str, folder: Path = EXTRACTS, models: Path = MODELS) -> Specification:
    """The specification of the extract `name`, checked against its receiver and against the models it reads.

    `models` is the folder with the YAML of the extracts' models. Raises MentorDwError naming the file, each fault and
    where it stands.
    """
    path = folder / f"{name}.yml"
    if not path.is_file():
        known = specifications(folder)
        raise MentorDwError(
            f"No extract is called {name}.", f"There are: {', '.join(known)}." if known else f"{folder} holds none."
        )
    specification = _read(path, Specification)
    faults = []
    if specification.name != name:
        faults.append(f"name: the file describes {specification.name}, not {name}; name the file after it")
    if not (folder / "receivers" / f"{specification.receiver}.yml").is_file():
        faults.append(f"receiver: there is no receivers/{specification.receiver}.yml beside it; describe the receiver")
    faults += _against_models(specification, models)
    if faults:
        raise _faulty(path, faults)
    return specification


def read_receiver(name: str, folder: Path = EXTRACTS) -> Receiver:
    """The receiver `name`. Raises MentorDwError when there is none, naming the file and what is wrong in it."""
    path = folder / "receivers" / f"{name}.yml"
    if not path.is_file():
        raise MentorDwError(f"No receiver is called {name}.", f"Describe it in {path}.")
    receiver = _read(path, Receiver)
    if receiver.name != name:
        raise _faulty(path, [f"name: the file describes {receiver.name}, not {name}; name the file after it"])
    return receiver


def _read(path: Path, described: type[_Described]) -> _Described:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise MentorDwError(f"{path} is not YAML in UTF-8: {error}", "Mend the line that is named.") from None
    if not isinstance(content, dict):
        raise _faulty(path, ["it holds no keys"])
    try:
        return described.model_validate(content)
    except ValidationError as error:
        raise _faulty(path, in_words(error, content)) from None


def _faulty(path: Path, faults: list[str]) -> MentorDwError:
    return MentorDwError(
        f"{path} cannot be used: " + "; ".join(faults) + ".",
        "docs/extracts_specification.md says what may stand there.",
    )


def _against_models(specification: Specification, models: Path) -> list[str]:
    """What the specification asks of its models, and of code lists, that is not there."""
    faults = []
    for index, table in enumerate(specification.tables):
        place = f"tables.{index} ({table.name})"
        model = read_model(table.model, models)
        if model is None:
            faults.append(
                f"{place}: there is no model {table.model} with its YAML in {models}; write both, or mend the name"
            )
            continue
        faults += [f"{place}: {fault}" for fault in _against_model(specification, table, model)]
        faults += [
            f"{place}: no seed or dimension {name} with a code list; add the seed, or mend the name"
            for name in code_lists(table)
            if not has_code_list(name)
        ]
    if specification.area is not None and not faults:
        held = [read_model(table.model, models) for table in specification.tables]
        if not any(model is not None and specification.area in model.columns for model in held):
            faults.append(f"area: no model of the extract has a column {specification.area}")
    return faults


def _against_model(specification: Specification, table: TableSpec, model: Model) -> list[str]:
    read = table.columns_read()
    if specification.level == "persons":
        read["person_key"] = "the person"
    faults = [
        f"model {model.name} has no column {column} ({why})"
        for column, why in read.items()
        if column not in model.columns
    ]
    for measure in table.measures:
        column = model.columns.get(measure.column or "")
        if column is not None and column.data_type.split("(")[0] not in _NUMERIC:
            faults.append(f"measure {measure.name}: {model.name}.{column.name} is {column.data_type}, not a number")
    return faults


def code_lists(table: TableSpec) -> list[str]:
    """The code lists that a table uses, each once, in its order."""
    named: list[Any] = [name for one in table.dimensions for name in (one.above_codes, one.codes)]
    named += [field.codes for field in table.fields]
    return list(dict.fromkeys(name for name in named if name is not None))
