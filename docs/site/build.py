"""Build the documentation as one static site: `make docs`, or `build.py FOLDER`.

The pages of `docs/`, a catalogue of figures and tables made from the project's own files, dbt's docs (with the columns
of the database where a house is up) and Great Expectations' Data Docs of the house, in one folder that opens from disk.
"""

from __future__ import annotations

import csv
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from sphinx.cmd.build import main as sphinx

from mentor_dw.config import PROJECT_ROOT, get_settings
from mentor_dw.errors import MentorDwError
from mentor_dw.warehouse.dbt_docs import docs_page

HERE = Path(__file__).parent
DBT = PROJECT_ROOT / "dbt_project"


def build(out: Path) -> None:
    """Make the site in `out`, which is replaced. Raises MentorDwError when Sphinx finds a fault in a page."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "source"
        shutil.copytree(PROJECT_ROOT / "docs", source, ignore=shutil.ignore_patterns("site"))
        for name in ("conf.py", "index.md"):
            shutil.copy(HERE / name, source)
        (source / "figures_catalogue.md").write_text("\n".join(figures()) + "\n", encoding="utf-8")
        (source / "tables.md").write_text("\n".join(tables()) + "\n", encoding="utf-8")
        made = source / "made"
        print("dbt docs")
        complete = docs_page(made / "dbt" / "index.html")
        judged = data_docs(made / "data_docs")
        print("pages")
        if sphinx(["-q", "-W", "--keep-going", "-b", "html", str(source), str(Path(folder) / "site")]):
            raise MentorDwError("Sphinx found a fault in a page.", "It is named above; mend the page in docs/.")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(Path(folder) / "site", out, ignore=shutil.ignore_patterns(".doctrees", ".buildinfo"))
    print(f"open {out / 'index.html'}")
    if not complete:
        print("dbt's docs are without the sizes of tables: no house was up (make up)")
    if not judged:
        print("there are no Data Docs yet: nothing was judged in this home (make demo)")


def figures() -> Iterator[str]:
    """The catalogue: every measure with rule and caveats, and the published numbers of it."""
    seeds = DBT / "seeds" / "figures"
    documents = {row["document"]: row["titel"] for row in _rows(seeds / "source_document.csv")}
    published: dict[str, list[dict[str, str]]] = {}
    for row in _rows(seeds / "published_figure.csv"):
        published.setdefault(row["measure"], []).append(row)
    yield "# Figures catalogue"
    yield ""
    yield "Every measure of `bi.figure`: its rule, its caveats, what was printed. Made from the project's lists."
    for row in sorted(_rows(seeds / "figure_definition_text.csv"), key=lambda one: one["measure"]):
        yield from ("", f"## {row['measure']}", "", f"**{row['navn_da']}** ({row['navn_en']})", "")
        yield from (f"Regel: {row['regel']}", "", f"Forbehold: {row['forbehold']}", "")
        yield from (f"Rule: {row['regel_en']}", "", f"Caveats: {row['forbehold_en']}", "")
        yield f"Counting rules {row['regelkilde']}; {documents[row['document']]}."
        printed = published.get(row["measure"], [])
        if printed:
            yield from ("", "| id | of | printed | where |", "|---|---|---:|---|")
            for one in printed:
                yield f"| {one['id']} | {_cell(one['dimensions'])} | {_cell(one['value'])} | {_cell(one['place'])} |"


def tables() -> Iterator[str]:
    """Every table of `bi`: what a row is, and what its columns are called in both languages."""
    labels = {row["kolonne"]: row for row in _rows(DBT / "seeds" / "shared" / "kolonnenavn.csv")}
    yield "# Tables"
    yield ""
    yield "Every table of `bi`, by name. The comments of the database and the table `dim_kolonne` say the same."
    for model in sorted(_models(), key=lambda one: one["name"]):
        yield from ("", f"## {model['name']}", "", _text(model["description"]), "")
        yield from ("| column | på dansk | in English | type | holds |", "|---|---|---|---|---|")
        for column in model["columns"]:
            label = labels.get(column["name"], {"label_da": "", "label_en": ""})
            cells = (f"`{column['name']}`", label["label_da"], label["label_en"], column["data_type"])
            yield f"| {' | '.join(map(_cell, cells))} | {_cell(_text(column['description']))} |"


def data_docs(out: Path) -> bool:
    """Copy the Data Docs of the house below `out`, with a page that leads to each source's; whether there are any."""
    found = sorted(get_settings().home.glob("data_docs/*/index.html"))
    out.mkdir(parents=True)
    for page in found:
        shutil.copytree(page.parent, out / page.parent.name)
    links = "".join(f'<li><a href="{page.parent.name}/index.html">{page.parent.name}</a></li>' for page in found)
    (out / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Data Docs</title><h1>Data Docs</h1>'
        f"<ul>{links}</ul>{'' if links else '<p>Nothing was judged in this home yet.</p>'}</html>",
        encoding="utf-8",
    )
    return bool(found)


def _models() -> Iterator[dict[str, Any]]:
    """What the YAML files say of the models that become tables of `bi`: two whole folders, and some others."""
    for file in sorted((DBT / "models").rglob("*.yml")):
        whole = file.relative_to(DBT / "models").parts[0] in ("stars", "compliance")
        for model in yaml.safe_load(file.read_text(encoding="utf-8")).get("models") or []:
            if whole or "bi" in (model.get("config") or {}).get("tags", []):
                yield model


def _rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _text(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    """`text` in a cell of a Markdown table, as it is."""
    return text.replace("|", "\\|").replace("<", "\\<").replace("*", "\\*")


if __name__ == "__main__":
    try:
        build(Path(sys.argv[1]).absolute())
    except MentorDwError as error:
        sys.exit(f"{error.message}\n{error.next_step}")
