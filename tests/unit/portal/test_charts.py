"""What a chart draws: each number with a title, nothing of a script, names as text."""

from __future__ import annotations

import re
from decimal import Decimal
from xml.etree import ElementTree

from mentor_dw.portal.charts import Chart, Column, bars, grid, lines

SVG = "{http://www.w3.org/2000/svg}"
AGE, COUNT, SEX = Column("alder", "Alder"), Column("antal", "Forløb", 0), Column("koen", "Køn")


def chart(rows: list[dict], spec: dict, language: str = "da") -> Chart:
    return Chart("who", "Hvem", "Om", (AGE, SEX, COUNT), rows, spec, language)


def titles(svg: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}title")]


def test_every_mark_has_its_number_as_title() -> None:
    rows = [{"alder": "20-25", "koen": sex, "antal": Decimal(count)} for sex, count in (("Kvinde", 7), ("Mand", 1234))]
    svg = str(chart(rows, bars(AGE, COUNT, colour=SEX, colours=["Mand", "Kvinde"])).svg)
    assert sorted(titles(svg)) == ["Alder: 20-25; Forløb: 1.234; Køn: Mand", "Alder: 20-25; Forløb: 7; Køn: Kvinde"]
    assert "1,234" in " ".join(titles(str(chart(rows, bars(AGE, COUNT, colour=SEX), "en").svg)))


def test_a_drawing_carries_no_script_no_style_and_no_role_of_its_own() -> None:
    month = Column("maaned", "Måned")
    rows = [{"maaned": f"2014-0{number}-01", "antal": number} for number in range(1, 6)]
    marked = [{"day": "2014-02-01", "number": "1"}]
    for spec in (lines(month, COUNT, marked=marked), lines(month, COUNT, dots=False), bars(month, COUNT)):
        svg = str(chart(rows, spec).svg)
        assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|\srole=|\saria-|<a\b|url\(", svg)


def test_names_out_of_a_delivery_are_text_in_the_drawing() -> None:
    rows = [{"alder": "<script>alert(1)</script>", "koen": "x", "antal": 1}]
    svg = str(chart(rows, bars(AGE, COUNT)).svg)
    assert "<script" not in svg
    assert any("<script>" in title for title in titles(svg))


def test_squares_show_the_number_in_them() -> None:
    rows = [
        {"alder": age, "koen": sex, "antal": 10 * place} for place, (age, sex) in enumerate((("a", "M"), ("b", "K")))
    ]
    svg = str(chart(rows, grid(AGE, SEX, COUNT)).svg)
    texts = [element.text for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert "10" in texts and "0" in texts


def test_the_same_drawing_is_made_once() -> None:
    rows = [{"alder": "a", "koen": "M", "antal": 1}]
    first, second = (chart(rows, bars(AGE, COUNT)).svg for _ in range(2))
    assert str(first) == str(second)
    assert str(chart([rows[0] | {"antal": 2}], bars(AGE, COUNT)).svg) != str(first)
