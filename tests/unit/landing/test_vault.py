"""Keys of persons: one each, random, safe under concurrency, and gone with a refused delivery."""

from __future__ import annotations

import threading

import pytest

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import ensure_keys, load_keys
from mentor_dw.landing.tables import clear_landing, insert_accepted_sql
from mentor_dw.landing.vault import BATCH, forget_unused, known_persons, person_keys

pytestmark = pytest.mark.postgres


def numbers(day: int, count: int) -> list[str]:
    return [f"{day}01{i // 10000:02}{i % 10000:04}" for i in range(count)]


def test_same_person_same_key_in_any_batch_and_transaction(keys):
    cprs = numbers(71, BATCH + 5)
    with connect("loader") as connection:
        first = person_keys(connection, keys, iter(cprs + cprs[:3]), "people")
    with connect("loader") as connection:
        again = person_keys(connection, keys, cprs[-7:], "other")
        rows = connection.execute(
            "select count(*) as n, count(distinct first_source) as sources from vault.person "
            "where person_key = any(%s)",
            (list(first.values()),),
        ).fetchone()
    assert len(set(first.values())) == len(cprs)
    assert again == {cpr: first[cpr] for cpr in cprs[-7:]}
    assert rows == {"n": len(cprs), "sources": 1}
    assert any(key < 0 for key in first.values()) and any(key > 2**40 for key in first.values())


def test_what_is_kept_of_a_person(keys):
    with connect("loader") as connection:
        key = person_keys(connection, keys, ["7201011234"], "people")["7201011234"]
        row = connection.execute("select * from vault.cpr where person_key = %s", (key,)).fetchone()
    assert row["key_id"] == keys.key_id
    assert bytes(row["cpr_hmac"]) == keys.lookup("7201011234")[1]
    assert keys.unseal(row["cpr_sealed"]) == "7201011234"
    assert row["is_replacement"]


def test_a_number_linked_to_another_person_follows_the_link(keys):
    with connect("loader") as connection:
        old, new = "7301011234", "7301011235"
        found = person_keys(connection, keys, [old, new], "people")
        connection.execute(
            "update vault.cpr set person_key = %s where cpr_hmac = %s", (found[old], keys.lookup(new)[1])
        )
        assert person_keys(connection, keys, [new], "people") == {new: found[old]}


def test_rolled_back_persons_are_gone(keys):
    with pytest.raises(RuntimeError), connect("loader") as connection:
        person_keys(connection, keys, ["7401011234"], "people")
        raise RuntimeError
    with connect("loader") as connection:
        assert known_persons(connection, keys, ["7401011234"]) == set()


def test_known_persons_creates_nobody(keys):
    with connect("loader") as connection:
        person_keys(connection, keys, ["7501011234"], "people")
        assert known_persons(connection, keys, ["7501011234", "7501011235"]) == {"7501011234"}
        assert known_persons(connection, keys, ["7501011235"]) == set()


def test_many_at_once_give_one_key(keys):
    cprs = numbers(76, 400)
    results: list[dict[str, int]] = []
    barrier = threading.Barrier(4)

    def meet(order: list[str]) -> None:
        with connect("loader") as connection:
            barrier.wait()
            # In pieces and different orders, as two sources meet the same persons.
            found: dict[str, int] = {}
            for start in range(0, len(order), 50):
                found |= person_keys(connection, keys, order[start : start + 50], "many")
        results.append(found)

    orders = [cprs, cprs[::-1], cprs[200:] + cprs[:200], cprs[100:] + cprs[:100]]
    threads = [threading.Thread(target=meet, args=(order,)) for order in orders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(results) == 4
    assert all(found == results[0] for found in results)
    with connect("loader") as connection:
        orphans = connection.execute(
            "select count(*) as n from vault.person "
            "where first_source = 'many' and person_key not in (select person_key from vault.cpr)"
        ).fetchone()
    assert orphans == {"n": 0}


def test_another_look_up_key_is_refused(keys, tmp_path):
    ensure_keys(tmp_path)
    with connect("loader") as connection:
        person_keys(connection, keys, ["7701011234"], "people")
        with pytest.raises(MentorDwError, match="another look-up key"):
            person_keys(connection, load_keys(tmp_path), ["7701011234"], "people")


class TestForgetting:
    def test_a_refused_delivery_leaves_nobody(self, landed, feed, keys):
        with connect("loader") as connection:
            person_keys(connection, keys, ["7801011230"], "elsewhere")
        found = landed("1;7801011234;\n2;7801011235;\n")
        with connect("loader") as connection:
            assert forget_unused(connection, feed, found.delivery_id) == 2
            clear_landing(connection, feed)
            left = known_persons(connection, keys, ["7801011230", "7801011234", "7801011235"])
        assert left == {"7801011230"}

    def test_whoever_has_an_accepted_row_stays(self, landed, feed, keys):
        accepted = landed("1;7901011234;\n")
        with connect("loader") as connection:
            connection.execute("create temporary table bad_row (member text, line_number bigint) on commit drop")
            connection.execute(insert_accepted_sql(feed, "people.csv"), {"delivery_id": accepted.delivery_id})
        refused = landed("1;7901011234;\n2;7901011235;\n")
        with connect("loader") as connection:
            assert forget_unused(connection, feed, refused.delivery_id) == 1
            assert known_persons(connection, keys, ["7901011234", "7901011235"]) == {"7901011234"}

    def test_whoever_another_delivery_has_landed_stays(self, landed, feed, keys):
        refused = landed("1;8001011234;\n")
        with connect("loader") as connection:
            connection.execute(
                "insert into landing.people__people (delivery_id, line_number, person_key) "
                "select delivery_id + 1, 2, person_key from landing.people__people"
            )
            assert forget_unused(connection, feed, refused.delivery_id) == 0
            assert known_persons(connection, keys, ["8001011234"]) == {"8001011234"}

    def test_it_waits_for_a_delivery_that_is_being_landed(self, landed, feed, keys):
        refused = landed("1;8101011234;\n")
        forgotten: list[int] = []

        def forget() -> None:
            with connect("loader") as connection:
                forgotten.append(forget_unused(connection, feed, refused.delivery_id))

        with connect("loader") as connection:
            key = person_keys(connection, keys, ["8101011234"], "other")["8101011234"]
            thread = threading.Thread(target=forget)
            thread.start()
            thread.join(0.5)
            assert thread.is_alive()
            connection.execute(
                "insert into landing.people__people (delivery_id, line_number, person_key) values (%s, 2, %s)",
                (refused.delivery_id + 1, key),
            )
        thread.join(30)
        assert forgotten == [0]
