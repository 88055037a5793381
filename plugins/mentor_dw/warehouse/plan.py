"""What dbt's project says about the tables of `bi`: which models are published, what they mean, what they point to, who
may see them.

Columns, types and primary keys are not repeated here: contracts are enforced, so the tables in `work` have them.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from mentor_dw.errors import MentorDwError

_TAG = "bi"
#: The seed that says what columns are called.
_COLUMN_NAMES = "kolonnenavn"

PERSON, CASEWORK, AREA, WHOLE, OPEN = "person", "sagsbehandling", "omraade", "alle_omraader", "hele_landet"
#: What a model can be to those who read it (docs/roles.md): rows about one citizen; person-level compliance lists; rows
#: of one area; what shows all areas and small cells of them; what everybody may see whole.
CLASSES = (PERSON, CASEWORK, AREA, WHOLE, OPEN)
#: Columns that name the citizen of a row.
PERSON_COLUMNS = frozenset({"person_key", "borger_key", "forloeb_key"})
#: Columns that name a mentor or a company: they are few in an area, so a row about one is about a person too.
NAMED = frozenset({"mentor_key", "virksomhed_key", "leverandoer_key"})


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of a table point to the primary key `to_columns` of table `to`."""

    columns: tuple[str, ...]
    to: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True)
class PublishedModel:
    """A model that becomes a table of the same name in `bi`. `columns` maps each column to its comment: what people
    call it in Danish and English, and its description.

    `adgang` is one of CLASSES, `omraade` the column by which a scoped role's rows are found (PERSON and AREA only),
    `kvalitet` says that the steward reads it too, `saerlige` are columns with special categories or offences. A model
    that says nothing is read by `bi_reader` alone.
    """

    name: str
    description: str
    columns: dict[str, str]
    foreign_keys: tuple[ForeignKey, ...]
    adgang: str = WHOLE
    omraade: str | None = None
    kvalitet: bool = False
    saerlige: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.adgang not in CLASSES:
            raise MentorDwError(f"Model {self.name}: adgang is one of {', '.join(CLASSES)}.")
        if (self.adgang in (PERSON, AREA)) != (self.omraade is not None):
            raise MentorDwError(f"Model {self.name}: what is person or omraade says by which column, and nothing else.")
        if self.omraade is not None and self.omraade not in self.columns:
            raise MentorDwError(f"Model {self.name} has no column {self.omraade} to find its area by.")
        named = self.columns.keys() & PERSON_COLUMNS
        if named and self.adgang in (AREA, OPEN) or self.columns.keys() & NAMED and self.adgang == OPEN:
            raise MentorDwError(f"Model {self.name} has rows about persons, so it cannot be {self.adgang}.")


def plan_from_manifest(manifest: Any) -> list[PublishedModel]:
    """The models tagged `bi` in dbt's `manifest`, by name.

    Raises MentorDwError when there are none, when one has no enforced contract, or when a foreign key points to a
    model that is not published.
    """
    words = _words(manifest)
    models = [
        _model(node, words)
        for node in manifest.nodes.values()
        if str(node.resource_type) == "model" and _TAG in node.config.tags
    ]
    if not models:
        raise MentorDwError("No model of the dbt project has the tag bi.", "A publish would empty the warehouse.")
    names = {model.name for model in models}
    for model in models:
        for key in model.foreign_keys:
            if key.to not in names:
                raise MentorDwError(f"Model {model.name}: its foreign key points to {key.to}, which is not published.")
    return sorted(models, key=lambda model: model.name)


def _words(manifest: Any) -> dict[str, str]:
    """What people call a column, in Danish and English, by its name; from the seed of the project, when it has one."""
    for node in manifest.nodes.values():
        if str(node.resource_type) == "seed" and node.name == _COLUMN_NAMES:
            with (Path(node.root_path) / node.original_file_path).open(encoding="utf-8", newline="") as file:
                return {row["kolonne"]: f"{row['label_da']} / {row['label_en']}" for row in csv.DictReader(file)}
    return {}


def _explained(words: str | None, description: str) -> str:
    return f"{words}. {description}" if words else description


def _model(node: Any, words: dict[str, str]) -> PublishedModel:
    if not node.config.contract.enforced:
        raise MentorDwError(f"Model {node.name} is published without an enforced contract.")
    return PublishedModel(
        name=node.name,
        description=node.description,
        columns={name: _explained(words.get(name), column.description) for name, column in node.columns.items()},
        foreign_keys=tuple(
            ForeignKey(tuple(key["columns"]), key["to"], tuple(key["to_columns"]))
            for key in node.config.meta.get("foreign_keys", [])
        ),
        adgang=node.config.meta.get("adgang", WHOLE),
        omraade=node.config.meta.get("omraade"),
        kvalitet=node.config.meta.get("kvalitet", False),
        saerlige=tuple(
            name for name, column in node.columns.items() if column.config.meta.get("saerlig_kategori") is not None
        ),
    )


def keep_plan(connection: Connection[dict], build_id: int, plan: list[PublishedModel]) -> None:
    """Write the plan of `build_id` beside the tables it describes, so that a publish needs nothing but the database."""
    connection.execute(
        "create table if not exists work.publication_plan (build_id bigint not null, plan jsonb not null)"
    )
    connection.execute("delete from work.publication_plan")
    connection.execute(
        "insert into work.publication_plan (build_id, plan) values (%s, %s)",
        (build_id, Jsonb([asdict(model) for model in plan])),
    )


def read_plan(connection: Connection[dict], build_id: int) -> list[PublishedModel]:
    """The plan of `build_id`; MentorDwError when `work` holds another build."""
    found = connection.execute("select to_regclass('work.publication_plan') is not null as made").fetchone()
    row = None
    if found and found["made"]:
        row = connection.execute("select plan from work.publication_plan where build_id = %s", (build_id,)).fetchone()
    if row is None:
        raise MentorDwError(f"Schema work does not hold build {build_id}.", "Build again.")
    return [
        PublishedModel(
            **model
            | {
                "foreign_keys": tuple(
                    ForeignKey(tuple(key["columns"]), key["to"], tuple(key["to_columns"]))
                    for key in model["foreign_keys"]
                ),
                "saerlige": tuple(model.get("saerlige", ())),
            }
        )
        for model in row["plan"]
    ]
