"""What a model may say about who sees it, and who then does. That it holds in the database: tests/dbt/test_roles.py."""

from __future__ import annotations

import pytest

from mentor_dw.errors import MentorDwError
from mentor_dw.warehouse.plan import PublishedModel
from mentor_dw.warehouse.rights import readers_of


def model(*columns: str, **said: object) -> PublishedModel:
    return PublishedModel("fct_prøve", "", dict.fromkeys(columns, ""), (), **said)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (["person_key"], {"adgang": "hele_landet"}),
        (["forloeb_key", "kommune_code"], {"adgang": "omraade", "omraade": "kommune_code"}),
        (["mentor_key"], {"adgang": "hele_landet"}),
        (["person_key"], {"adgang": "person"}),
        (["person_key"], {"adgang": "person", "omraade": "kommune_code"}),
        (["kode"], {"adgang": "hele_landet", "omraade": "kode"}),
        (["kode"], {"adgang": "alle"}),
    ],
)
def test_a_model_that_says_nothing_that_fits_stops_the_build(columns: list[str], said: dict[str, str]) -> None:
    with pytest.raises(MentorDwError, match="fct_prøve"):
        model(*columns, **said)


def test_a_model_that_says_nothing_is_read_by_nobody_but_bi_reader() -> None:
    assert [reader.role for reader in readers_of(model("kode"), "bi", ["kode"])] == ["bi_reader"]


def test_rows_about_persons_are_noted_for_everybody_and_of_the_area_for_scoped_roles() -> None:
    columns = ["person_key", "gammel_person_key", "kommune_code", "diagnose"]
    one = model(*columns, adgang="person", omraade="kommune_code", saerlige=("diagnose",), kvalitet=True)
    readers = {reader.role: reader for reader in readers_of(one, "bi", columns)}
    assert readers.keys() == {"bi_reader", "steward", "bi_scoped"}
    assert all("(select ops.note_read('bi.fct_prøve'))" in str(reader.rows) for reader in readers.values())
    assert readers["bi_scoped"].columns == ("kommune_code",)
    assert "ops.scope_kommuner()" in str(readers["bi_scoped"].rows)
    assert readers["bi_reader"].columns is None


def test_lists_of_casework_are_for_casework_and_note_each_person() -> None:
    (reader,) = readers_of(model("person_key", adgang="sagsbehandling"), "fortid", ["person_key"])
    assert reader.role == "casework"
    assert reader.rows.endswith("and ops.note_person('fortid.fct_prøve', person_key)")
