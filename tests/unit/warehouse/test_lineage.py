"""What a model is made from is found all the way back, each thing once."""

from __future__ import annotations

from mentor_dw.warehouse.lineage import Lineage

ROWS = [
    {"name": "webreg.borgere", "layer": "sources", "published": False, "reads": []},
    {"name": "biflis.borger", "layer": "sources", "published": False, "reads": []},
    {"name": "ops.delivery", "layer": "sources", "published": False, "reads": []},
    {"name": "lande", "layer": "seeds", "published": False, "reads": []},
    {"name": "stg_borgere", "layer": "staging", "published": False, "reads": ["ops.delivery", "webreg.borgere"]},
    {"name": "dim_borger", "layer": "stars", "published": True, "reads": ["lande", "stg_borgere"]},
    {"name": "fct_forloeb", "layer": "stars", "published": True, "reads": ["dim_borger", "stg_borgere"]},
    {"name": "fct_andet", "layer": "stars", "published": True, "reads": ["biflis.borger"]},
    {"name": "fct_hjaelp", "layer": "intermediate", "published": False, "reads": ["fct_forloeb"]},
    {"name": "tal", "layer": "figures", "published": False, "reads": ["fct_forloeb", "fct_hjaelp"]},
]
LINEAGE = Lineage.from_json(ROWS)


def test_a_model_leads_back_to_its_sources_and_facts() -> None:
    assert [node.name for node in LINEAGE.behind("tal")] == [
        *("tal", "fct_forloeb", "fct_hjaelp", "dim_borger", "stg_borgere"),
        *("lande", "ops.delivery", "webreg.borgere"),
    ]
    # Only what is published is a fact for readers, and the ledger delivers nothing.
    assert LINEAGE.facts("tal") == ["fct_forloeb"]
    assert LINEAGE.sources("tal") == ["webreg"]


def test_a_model_that_is_gone_has_nothing_behind_it() -> None:
    assert LINEAGE.behind("old") == [] == LINEAGE.facts("old") == LINEAGE.sources("old")


def test_a_graph_is_kept_whole() -> None:
    assert LINEAGE.as_json() == ROWS
