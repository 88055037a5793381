"""Which models a build has to do again: those that depend on what changed since `work` was last whole.

The graph is dbt's own. Models that read nothing but the ledger of deliveries (int_deliveries__*) name the moment of
the build, so they are built every time, in place; a model that reads them beside the rows of a source changes only
when that source does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from mentor_dw.warehouse.basis import LINKS, RESTRICTIONS

#: dbt source name of the ledgers, and the tables of decisions about persons in it by their part.
_LEDGERS = "ops"
_DECISIONS = {"person_link": LINKS, "person_restriction": RESTRICTIONS}
#: Kinds of nodes that make a relation.
_BUILT = ("model", "seed")


@dataclass(frozen=True)
class Selection:
    """What to build. `names` is None for everything; `left` counts the models and seeds that stay as they are."""

    names: frozenset[str] | None
    left: int


def select(manifest: Any, parts: Iterable[str], present: set[str]) -> Selection:
    """The models and seeds to build when `parts` of `Basis.made_of` changed (sources, LINKS, RESTRICTIONS).

    `present` are the relations that the build before left; what is missing among them is built as well.
    """
    graph = _Graph(manifest)
    begin = graph.readers_of(set(parts))
    wanted = graph.ledger_models | graph.with_descendants(begin)
    wanted |= {node for node in graph.nodes if graph.nodes[node].name not in present}
    names = frozenset(graph.nodes[node].name for node in wanted)
    return Selection(names, len(graph.nodes) - len(names))


def needed_for(manifest: Any, names: set[str]) -> frozenset[str]:
    """The models and seeds called `names` and everything they are made from."""
    graph = _Graph(manifest)
    begin = {key for key, node in graph.nodes.items() if node.name in names}
    return frozenset(graph.nodes[key].name for key in graph.with_ancestors(begin))


def relations_in(connection: Connection[dict], *schemas: str) -> set[str]:
    """Names of the tables and views of `schemas`."""
    rows = connection.execute(
        "select relname as name from pg_class inner join pg_namespace as n on relnamespace = n.oid"
        " where nspname = any(%s) and relkind in ('r', 'v')",
        (list(schemas),),
    ).fetchall()
    return {row["name"] for row in rows}


class _Graph:
    """The models and seeds of a manifest, what they read, and what reads them."""

    def __init__(self, manifest: Any) -> None:
        self.nodes = {
            key: node
            for key, node in manifest.nodes.items()
            if str(node.resource_type) in _BUILT and node.config.materialized != "ephemeral"
        }
        self._parents = {key: set(node.depends_on_nodes) for key, node in manifest.nodes.items()}
        self._children: dict[str, set[str]] = defaultdict(set)
        for key, parents in self._parents.items():
            for parent in parents:
                self._children[parent].add(key)
        self._sources = manifest.sources
        self.ledger_models = self._only_from_the_ledger()

    def readers_of(self, parts: set[str]) -> set[str]:
        """The models whose rows change with `parts` before any other model's do."""
        readers: set[str] = set()
        for key, source in self._sources.items():
            decided = _DECISIONS.get(source.name) if source.source_name == _LEDGERS else None
            if source.source_name in parts or decided in parts:
                readers |= self._children[key]
        if parts - set(_DECISIONS.values()):
            of_the_ledger = {child for model in self.ledger_models for child in self._children[model]}
            readers |= {key for key in of_the_ledger - self.ledger_models if not self._sources_read_by(key)}
        return readers

    def with_descendants(self, begin: set[str]) -> set[str]:
        """`begin` and everything that depends on it, models and seeds only."""
        return self._reached(begin, self._children)

    def with_ancestors(self, begin: set[str]) -> set[str]:
        """`begin` and everything it depends on, models and seeds only."""
        return self._reached(begin, self._parents)

    def _reached(self, begin: set[str], edges: dict[str, set[str]]) -> set[str]:
        found: set[str] = set()
        waiting = list(begin)
        while waiting:
            key = waiting.pop()
            if key not in found:
                found.add(key)
                waiting += edges.get(key, ())
        return found & self.nodes.keys()

    def _sources_read_by(self, key: str) -> set[str]:
        """The sources, ledgers apart, whose tables a model reads itself."""
        read = {self._sources[parent].source_name for parent in self._parents[key] if parent in self._sources}
        return read - {_LEDGERS}

    def _only_from_the_ledger(self) -> set[str]:
        """Models that lead back to ops.delivery and nothing else."""
        found: set[str] = set()
        delivery = {
            key for key, source in self._sources.items() if (source.source_name, source.name) == (_LEDGERS, "delivery")
        }
        waiting = [child for key in delivery for child in self._children[key]]
        while waiting:
            key = waiting.pop()
            if key in self.nodes and key not in found and self._parents[key] <= delivery | found:
                found.add(key)
                waiting += self._children[key]
        return found
