"""What the dbt project says of the models that extracts read: their columns, and which code lists there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from mentor_dw.config import PROJECT_ROOT

PROJECT = PROJECT_ROOT / "dbt_project"
MODELS = PROJECT / "models" / "extracts"


@dataclass(frozen=True)
class ModelColumn:
    """A column of a model, as its YAML has it."""

    name: str
    data_type: str
    description: str


@dataclass(frozen=True)
class Model:
    """A model that extracts read."""

    name: str
    description: str
    columns: dict[str, ModelColumn]


def read_model(name: str, folder: Path = MODELS) -> Model | None:
    """The model `name` as the YAML beside it in `folder` or below describes it; None when either is missing."""
    described = next(iter(sorted(folder.rglob(f"{name}.yml"))), None)
    if described is None or not described.with_suffix(".sql").is_file():
        return None
    content = yaml.load(described.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) or {}
    for model in content.get("models") or []:
        if model.get("name") == name:
            columns = [
                ModelColumn(one["name"], one.get("data_type", ""), one.get("description", "").strip())
                for one in model.get("columns") or []
            ]
            return Model(name, model.get("description", "").strip(), {one.name: one for one in columns})
    return None


@cache
def has_code_list(name: str) -> bool:
    """Whether the dbt project has a seed or a dimension of that name."""
    return any((PROJECT / "seeds").rglob(f"{name}.csv")) or (
        name.startswith("dim_") and any((PROJECT / "models").rglob(f"{name}.sql"))
    )
