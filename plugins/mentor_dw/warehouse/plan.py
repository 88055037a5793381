"""What dbt's project says about the tables of `bi`: which models are published, what they mean, what they point to.

Columns, types and primary keys are not repeated here: contracts are enforced, so the tables in `work` have them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from mentor_dw.errors import MentorDwError

_TAG = "bi"


@dataclass(frozen=True)
class ForeignKey:
    """`columns` of a table point to the primary key `to_columns` of table `to`."""

    columns: tuple[str, ...]
    to: str
    to_columns: tuple[str, ...]


@dataclass(frozen=True)
class PublishedModel:
    """A model that becomes a table of the same name in `bi`. `columns` maps each column to its description."""

    name: str
    description: str
    columns: dict[str, str]
    foreign_keys: tuple[ForeignKey, ...]


def plan_from_manifest(manifest: Any) -> list[PublishedModel]:
    """The models tagged `bi` in dbt's `manifest`, by name.

    Raises MentorDwError when there are none, when one has no enforced contract, or when a foreign key points to a
    model that is not published.
    """
    models = [
        _model(node)
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


def _model(node: Any) -> PublishedModel:
    if not node.config.contract.enforced:
        raise MentorDwError(f"Model {node.name} is published without an enforced contract.")
    return PublishedModel(
        name=node.name,
        description=node.description,
        columns={name: column.description for name, column in node.columns.items()},
        foreign_keys=tuple(
            ForeignKey(tuple(key["columns"]), key["to"], tuple(key["to_columns"]))
            for key in node.config.meta.get("foreign_keys", [])
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
            name=model["name"],
            description=model["description"],
            columns=model["columns"],
            foreign_keys=tuple(
                ForeignKey(tuple(key["columns"]), key["to"], tuple(key["to_columns"])) for key in model["foreign_keys"]
            ),
        )
        for model in row["plan"]
    ]
