"""What a model is made from, all the way back to the delivered tables; kept for every version of the dbt project."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

#: How the tables of `bi` begin that hold facts; dimensions only describe them.
_FACTS = ("fct_", "bridge_", "stock_")
_SEED, _SOURCE = "seeds", "sources"
#: dbt source name of the ledgers, which are not delivered.
_LEDGERS = "ops"
_PUBLISHED = "bi"


@dataclass(frozen=True)
class Node:
    """A model, seed or source. `layer` is its folder (staging, intermediate, stars, figures), `seeds` or `sources`."""

    name: str
    layer: str
    published: bool
    reads: tuple[str, ...]


class Lineage:
    """The graph of one version of the dbt project, by the names of models and seeds; sources are `source.table`."""

    def __init__(self, nodes: dict[str, Node]) -> None:
        self._nodes = nodes

    def nodes(self) -> list[Node]:
        """All of them."""
        return list(self._nodes.values())

    def behind(self, model: str) -> list[Node]:
        """`model` and everything it is made from, each once, the nearest first; empty when it is not in the graph."""
        found: dict[str, Node] = {}
        waiting = [model] if model in self._nodes else []
        while waiting:
            for name in waiting:
                found[name] = self._nodes[name]
            waiting = sorted({name for one in waiting for name in self._nodes[one].reads} - found.keys())
        return list(found.values())

    def facts(self, model: str) -> list[str]:
        """The tables of facts in `bi` that `model` is made from, by name."""
        return sorted(node.name for node in self.behind(model) if node.published and node.name.startswith(_FACTS))

    def sources(self, model: str) -> list[str]:
        """The sources whose delivered tables `model` is made from."""
        names = {node.name.split(".")[0] for node in self.behind(model) if node.layer == _SOURCE}
        return sorted(names - {_LEDGERS})

    def as_json(self) -> list[dict[str, Any]]:
        """The graph in the form that `from_json` reads."""
        return [
            {"name": node.name, "layer": node.layer, "published": node.published, "reads": list(node.reads)}
            for node in self._nodes.values()
        ]

    @classmethod
    def from_json(cls, rows: list[dict[str, Any]]) -> Lineage:
        """The graph that `as_json` wrote."""
        return cls({row["name"]: Node(**row | {"reads": tuple(row["reads"])}) for row in rows})

    @classmethod
    def from_manifest(cls, manifest: Any) -> Lineage:
        """The graph of dbt's `manifest`, its models, seeds and the sources they read."""
        names = {key: _source_name(source) for key, source in manifest.sources.items()}
        nodes = {key: node for key, node in manifest.nodes.items() if str(node.resource_type) in ("model", "seed")}
        names |= {key: node.name for key, node in nodes.items()}
        found = [Node(name, _SOURCE, False, ()) for name in (names[key] for key in manifest.sources)]
        found += _models(nodes, names)
        return cls({node.name: node for node in found})


def _source_name(source: Any) -> str:
    """A delivered table as `source.table`."""
    return f"{source.source_name}.{source.name}"


def _models(nodes: dict[str, Any], names: dict[str, str]) -> Iterator[Node]:
    for node in nodes.values():
        is_seed = str(node.resource_type) == "seed"
        yield Node(
            name=node.name,
            layer=_SEED if is_seed else node.fqn[1],
            published=_PUBLISHED in node.config.tags,
            reads=tuple(sorted({names[key] for key in node.depends_on_nodes if key in names})),
        )


def keep_lineage(connection: Connection[dict], code_version: str, manifest: Any) -> None:
    """Keep the graph of the project's version `code_version`, once."""
    connection.execute(
        "insert into ops.project_graph (code_version, graph) values (%s, %s) on conflict do nothing",
        (code_version, Jsonb(Lineage.from_manifest(manifest).as_json())),
    )


def read_lineage(connection: Connection[dict], code_version: str) -> Lineage | None:
    """The graph of the project's version `code_version`; None when no build of it has kept one."""
    row = connection.execute("select graph from ops.project_graph where code_version = %s", (code_version,)).fetchone()
    return Lineage.from_json(row["graph"]) if row else None
