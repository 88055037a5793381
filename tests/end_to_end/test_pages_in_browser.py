"""The pages in a real browser, in a whole house after the demo: as they look, for whom, and what is decided on them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from browser import ensure_chromium, new_page, unfit, watching
from conftest import House, end, new_house
from waiting import wait_for

pytestmark = [pytest.mark.long, pytest.mark.house, pytest.mark.timeout(1800)]

#: Each page and its heading in Danish and English.
PAGES = {
    "deliveries": ("Leverancer", "Deliveries"),
    "figures": ("Tal", "Figures"),
    "figures/measures": ("Mål og deres regler", "Measures and their rules"),
    "outcomes": ("Udfald", "Outcomes"),
    "budgets": ("Budgetter", "Budgets"),
    "extracts": ("Udtræk", "Extracts"),
    "docs/start_here": ("Start here", "Start here"),
}
AREA_PAGES = ("outcomes", "budgets")


@dataclass
class Shown:
    """A house after the demo: its address, and the passwords of who looks."""

    house: House
    url: str
    passwords: dict[str, str]

    def log_in(self, page: Any, name: str) -> None:
        """As a person does it: on Airflow's own page."""
        page.goto(f"{self.url}/auth/login")
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", self.passwords[name])
        page.keyboard.press("Enter")
        page.wait_for_url(f"{self.url}/")
        page.wait_for_load_state("networkidle")


@pytest.fixture(scope="module")
def shown(parsed: Path) -> Iterator[Shown]:
    ensure_chromium()
    house = new_house(parsed)
    try:
        house.run("demo", timeout=900)
        with house.connect("bi_reader") as connection:
            (code,) = connection.execute(
                "select kilde_jobcenter_id from dim_jobcenter where navn = 'Viborg'"
            ).fetchone()
        house.run("roles", "add", "team_viborg", "--jobcenter", code, "--purpose", "Opfølgning")
        passwords = {"admin": (house.home / "secrets" / "airflow_admin_password").read_text(encoding="utf-8").strip()}
        for name, role, sees in (
            ("leder.viborg", "viewer", ("--sees", "team_viborg")),
            ("drift.hansen", "user", ()),
            ("gaest.jensen", "viewer", ()),
        ):
            said = house.run("users", "add", name, "--role", role, *sees)
            passwords[name] = said.strip().splitlines()[-1]
        yield Shown(house, house.json("status")["installation"]["airflow_url"], passwords)
    finally:
        end(house)


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots are kept."""
    kept = os.environ.get("MENTOR_DW_ARTEFACTS")
    folder = Path(kept) / "portal" if kept else tmp_path_factory.mktemp("portal")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_each_page_has_data_and_no_fault_in_both_languages(shown: Shown, pictures: Path) -> None:
    with new_page() as page:
        shown.log_in(page, "admin")
        for path, headings in PAGES.items():
            for language, heading in zip(("da", "en"), headings, strict=True):
                with watching(page, shown.url) as trouble:
                    page.goto(f"{shown.url}/mentor-dw/{path}?lang={language}")
                    page.wait_for_load_state("networkidle")
                assert (trouble, unfit(page)) == ([], {}), f"{path} {language}"
                assert page.locator("h1").inner_text() == heading
                assert page.locator("html").get_attribute("lang") == language
                page.screenshot(path=pictures / f"{path.replace('/', '_')}_{language}.png", full_page=True)
            if path in AREA_PAGES:
                assert page.locator("figure svg").count() == page.locator("table").count() >= 5
            elif "/" not in path:
                assert page.locator("tbody tr").count() > 5


def test_the_pages_are_in_the_menu_of_airflow_and_open_inside_it(shown: Shown, pictures: Path) -> None:
    with new_page() as page:
        shown.log_in(page, "admin")
        for danish, _ in [PAGES[name] for name in ("deliveries", "figures", "outcomes", "budgets", "extracts")]:
            page.get_by_role("link", name=danish, exact=True).first.click()
            frame = page.frame_locator("iframe")
            frame.get_by_role("heading", name=danish, level=1).wait_for()
        page.screenshot(path=pictures / "in_airflow.png")


def test_a_page_is_used_with_the_keyboard_and_prints_its_numbers(shown: Shown) -> None:
    with new_page() as page:
        shown.log_in(page, "admin")
        page.goto(f"{shown.url}/mentor-dw/outcomes?lang=en")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "content"
        page.get_by_text("As a table").first.focus()
        page.keyboard.press("Enter")
        assert page.locator("details[open]").count() == 1
        page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator("details[open]").count() == 1
        page.emulate_media(media="print")
        assert not page.locator("nav").is_visible() and page.locator("figure svg").first.is_visible()


def test_a_login_of_one_jobcentre_sees_it_and_nothing_else(shown: Shown, pictures: Path) -> None:
    with new_page() as page:
        shown.log_in(page, "leder.viborg")
        for name in AREA_PAGES:
            with watching(page, shown.url) as trouble:
                page.goto(f"{shown.url}/mentor-dw/{name}?lang=da")
            assert (trouble, unfit(page)) == ([], {}), name
            text = page.content()
            assert page.locator("figure svg").count() >= 2
            assert not any(other in text for other in ("Odense", "Herlev", "København"))
            assert page.locator("nav a").all_inner_texts() == ["Udfald", "Budgetter"]
            page.screenshot(path=pictures / f"{name}_team_viborg.png", full_page=True)
        hours = sum(
            float(cell.replace(".", "").replace(",", "."))
            for cell in shown_cells(page, f"{shown.url}/mentor-dw/outcomes", "hours")
        )
        with shown.house.connect("team_viborg") as connection:
            (own,) = connection.execute("select sum(minutter) / 60.0 from bi.fct_tidsforbrug").fetchone()
        assert hours == pytest.approx(float(own), abs=2)
        for name in ("deliveries", "figures", "extracts"):
            answer = page.goto(f"{shown.url}/mentor-dw/{name}")
            assert answer.status == 403 and "Kun eget område" in page.content()
            assert unfit(page) == {}
        assert page.request.get(f"{shown.url}/api/v2/dags").status == 403


def shown_cells(page: Any, url: str, chart: str) -> list[str]:
    """The last cells of the table of a chart."""
    page.goto(url)
    return page.locator(f"#{chart}_table tbody tr td:last-child").all_text_contents()


def test_who_sees_no_numbers_is_told_how_to_get_them(shown: Shown) -> None:
    with new_page() as page:
        shown.log_in(page, "gaest.jensen")
        assert page.goto(f"{shown.url}/mentor-dw/outcomes").status == 403
        assert "mentor-dw users add" in page.content()
        assert page.goto(f"{shown.url}/mentor-dw/deliveries").status == 200
        number = page.locator("tbody a").first.inner_text()
        page.goto(f"{shown.url}/mentor-dw/deliveries/{number}")
        assert page.get_by_role("link", name="Træk den tilbage").count() == 0


def test_a_delivery_is_withdrawn_on_the_page_under_the_name_of_who_did_it(shown: Shown, pictures: Path) -> None:
    house = shown.house
    number = max(row["delivery_id"] for row in house.json("status")["deliveries"] if row["status"] == "superseded")
    builds = len(house.json("status")["builds"])
    with new_page() as page:
        shown.log_in(page, "drift.hansen")
        page.goto(f"{shown.url}/mentor-dw/deliveries/{number}?lang=da")
        page.get_by_role("link", name="Træk den tilbage").click()
        page.get_by_label("Begrundelse").fill("Det er borgeren med 650170-1234")
        page.get_by_role("button", name="Træk den tilbage").click()
        assert "CPR" in page.get_by_role("alert").inner_text() and "650170" not in page.content()
        page.get_by_label("Begrundelse").fill("Trukket fra testsystemet")
        page.screenshot(path=pictures / "decision.png")
        page.get_by_role("button", name="Træk den tilbage").click()
        assert "trækkes tilbage nu" in page.get_by_role("status").inner_text()

        def row() -> dict[str, Any]:
            return next(one for one in house.json("status")["deliveries"] if one["delivery_id"] == number)

        wait_for(lambda: row()["status"] == "withdrawn", 120, 1, "it was not withdrawn")
        page.reload()
        assert "Trukket fra testsystemet" in page.content() and "trukket tilbage" in page.content()
    assert re.search("Trukket fra testsystemet", row()["reason"])
    trail = [one for one in house.json("audit") if one["subject"] == f"delivery {number}"]
    assert "drift.hansen" in {one["by_whom"] for one in trail} | {
        one["detail"].split("(")[-1].rstrip(")") for one in trail
    }
    wait_for(
        lambda: (
            len(house.json("status")["builds"]) > builds
            and house.json("status")["builds"][-1]["status"] in ("published", "skipped", "superseded")
        ),
        600,
        2,
        "the warehouse was not built after it",
    )
