"""Code lists as they lie in the database, and as seeds have them."""

from __future__ import annotations

import pytest

from mentor_dw.database import connect
from mentor_dw.delivery.content.codes import read_codes, seed_codes
from mentor_dw.errors import MentorDwError

pytestmark = pytest.mark.postgres

LISTS = """
create table work.dim_tid (kode text, label_da text, sortering integer, til_tid time);
insert into work.dim_tid values
    ('17-24', 'Kl. 17-24', 2, '24:00'), ('uoplyst', 'Uoplyst', 0, null), ('6-9', 'Kl. 6-9', 1, null);
create table work.dim_status_x (status_code text, label_da text, sortering integer);
insert into work.dim_status_x values ('selv', 'Selvforsørgelse', 6), ('fortsat', 'Fortsat', 1);
create table work.dim_by (kode text, navn text, gyldig_fra date);
insert into work.dim_by values
    ('461', 'Odense', '2007-01-01'), ('101', 'København', '2007-01-01'), ('101', 'Kjøbenhavn', '1990-01-01');
create table work.horisont_x (maaneder integer, label_da text);
insert into work.horisont_x values (12, '12 måneder'), (3, '3 måneder');
create table work.ingen_liste (tal integer);
"""


def test_lists_are_read_in_their_order_with_the_newest_label(warehouse) -> None:
    with connect("transformer") as connection:
        connection.execute(LISTS)
        names = ["dim_tid", "dim_status_x", "dim_by", "horisont_x"]
        read = {name: list(listed.items()) for name, listed in read_codes(connection, "work", names).items()}
        assert read == {
            "dim_tid": [("6-9", "Kl. 6-9"), ("17-24", "Kl. 17-24"), ("uoplyst", "Uoplyst")],
            "dim_status_x": [("fortsat", "Fortsat"), ("selv", "Selvforsørgelse")],
            "dim_by": [("101", "København"), ("461", "Odense")],
            "horisont_x": [("3", "3 måneder"), ("12", "12 måneder")],
        }
        with pytest.raises(MentorDwError, match="ingen_liste is not a code list"):
            read_codes(connection, "work", ["ingen_liste"])
        connection.rollback()


def test_a_seed_is_the_list_of_its_dimension_too() -> None:
    assert seed_codes("dim_koen") == seed_codes("koen") == {"M": "Mand", "K": "Kvinde"}
    assert next(iter(seed_codes("dim_status"))) == "fortsat"
    assert seed_codes("dim_tidsinterval")["06-09"] == "Kl. 6-9"
    assert seed_codes("dim_jobcenter") is None
