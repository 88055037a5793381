"""The feed model, and what is written from it for people and editors."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, code_list, load_feed, read_feed, sources
from mentor_dw.feeds.dictionary import markdown
from mentor_dw.feeds.schema import SCHEMA_FILE, json_schema, write_json_schema

PEOPLE = Path(__file__).parents[2] / "fixtures" / "feeds" / "people.yml"


def changed(change) -> dict:
    content = yaml.safe_load(PEOPLE.read_text(encoding="utf-8"))
    change(content, content["members"]["people.csv"]["fields"], content["members"]["things.csv"]["fields"])
    return content


def _refer_to_cpr(content: dict, things: list[dict]) -> None:
    content["members"]["people.csv"]["key"] = ["cpr"]
    things[1]["references"]["field"] = "cpr"


def _to_itself(name: str) -> dict:
    reference = {"member": "things.csv", "field": "thing_id"}
    return {"name": name, "type": "id", "may_be_empty": True, "references": reference, "description": "Another thing."}


@pytest.mark.parametrize("source", sources())
def test_every_source_has_a_feed_whose_code_lists_exist(source):
    feed = load_feed(source)
    for member in feed.members.values():
        for field in member.fields:
            assert field.code_list is None or code_list(field.code_list)


def test_members_come_after_what_they_refer_to():
    assert read_feed(PEOPLE).members_in_order() == ["people.csv", "things.csv"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c, p, t: c.update(colour="red"), "colour"),
        (lambda c, p, t: p[1].update(personal=False), "is personal"),
        (lambda c, p, t: p[1].update(may_be_empty=True), "never optional"),
        (lambda c, p, t: p.append({**p[1], "name": "cpr2"}), "one CPR number"),
        (lambda c, p, t: p.append(p[0]), "twice"),
        (lambda c, p, t: p[2].update(name="line_number"), "column of our own"),
        (lambda c, p, t: p[2].update(name="person_key"), "column of our own"),
        (lambda c, p, t: p[2].update(code_list="koen"), "code_list"),
        (lambda c, p, t: p[2].update(min=1), "belong to numbers"),
        (lambda c, p, t: t[3].update(not_before="nothing"), "unknown field"),
        (lambda c, p, t: t[1]["references"].update(field="note"), "not another member's key"),
        (lambda c, p, t: p[0].update(references={"member": "things.csv", "field": "thing_id"}), "circle"),
        (
            lambda c, p, t: t[1]["references"].update(field="cpr") or c["members"]["people.csv"].update(key=["cpr"]),
            "CPR",
        ),
        (lambda c, p, t: t.extend(_to_itself(name) for name in ("before", "after")), "more than one field"),
        (lambda c, p, t: c["members"].update({"../x.csv": c["members"]["people.csv"]}), "pattern"),
        (lambda c, p, t: c["file"].update(pattern="people.zip"), "covers"),
    ],
)
def test_a_faulty_feed_says_what_is_wrong(tmp_path, change, message):
    path = tmp_path / "feed.yml"
    path.write_text(yaml.safe_dump(changed(change)), encoding="utf-8")
    with pytest.raises(MentorDwError, match=message):
        read_feed(path)


def test_a_feed_that_is_no_yaml_says_so(tmp_path):
    path = tmp_path / "feed.yml"
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(MentorDwError, match="not YAML"):
        read_feed(path)


def test_the_committed_json_schema_is_current():
    assert SCHEMA_FILE.read_text(encoding="utf-8") == json_schema(), "run mentor_dw.feeds.schema.write_json_schema"


def test_the_json_schema_can_be_written(tmp_path):
    write_json_schema(tmp_path / "feed.schema.json")
    assert (tmp_path / "feed.schema.json").read_text(encoding="utf-8") == json_schema()


@pytest.mark.parametrize("source", sources())
def test_the_dictionary_holds_every_member_field_and_code(source):
    feed = load_feed(source)
    text = markdown(feed)
    for name, member in feed.members.items():
        assert f"## {name}\n" in text
        for field in member.fields:
            assert f"| `{field.name}` |" in text
            for code in code_list(field.code_list) if field.code_list else ():
                assert f"`{code}`" in text


def test_a_table_cell_of_the_dictionary_stays_one_cell():
    feed = Feed.model_validate(changed(lambda c, p, t: p[2].update(pattern="a|b", description="Either a|b.")))
    row = next(line for line in markdown(feed).splitlines() if line.startswith("| `note`"))
    assert row.replace("\\|", "").count("|") == 6
