"""The documentation as a site, as `make docs` builds it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest

from mentor_dw.config import PROJECT_ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


def test_the_site_opens_from_its_folder_and_no_link_of_it_is_dead(tmp_path: Path, monkeypatch) -> None:
    pytest.importorskip("sphinx", reason="uv sync --frozen --group docs")
    monkeypatch.setenv("MENTOR_DW_HOME", str(tmp_path / "home"))
    site = tmp_path / "site"
    done = subprocess.run(
        [sys.executable, str(PROJECT_ROOT / "docs" / "site" / "build.py"), str(site)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no house was up" in done.stdout and "no Data Docs yet" in done.stdout
    pages = [page for page in site.rglob("*.html") if "dbt" not in page.relative_to(site).parts]
    assert len(pages) > 60
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert not re.search(r"""(src|href)=["'](https?:)?//[^"']+\.(js|css|woff2?)""", text), page
        for link in re.findall(r"""<a [^>]*href="([^"#?]+)""", text):
            if not link.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / unquote(link)).exists(), f"{page.relative_to(site)}: {link}"
    assert "status_7_months" in (site / "figures_catalogue.html").read_text(encoding="utf-8")
    assert "fct_mentorforloeb" in (site / "tables.html").read_text(encoding="utf-8")
    assert (site / "dbt" / "index.html").stat().st_size > 2_000_000


def test_a_dead_link_stops_the_site(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="uv sync --frozen --group docs")
    source = tmp_path / "source"
    source.mkdir()
    (source / "conf.py").write_text((PROJECT_ROOT / "docs" / "site" / "conf.py").read_text(encoding="utf-8"))
    (source / "made").mkdir()
    (source / "index.md").write_text("# Here\n\n[there](nowhere.md)\n")
    from sphinx.cmd.build import main

    assert main(["-q", "-W", "-b", "html", str(source), str(tmp_path / "site")]) != 0
