"""The command `papers`: what data protection asks for on paper, in Danish, filled with what the system knows."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mentor_dw.cli.output import print_json, print_table, say
from mentor_dw.errors import MentorDwError


def register(app: typer.Typer) -> None:
    """Add the commands of this module to `app`."""
    app.command()(papers)


def papers(
    out: Annotated[Path, typer.Option(help="folder to write the papers to; papers that are there stay as they are")],
    as_json: Annotated[bool, typer.Option("--json", help="papers and blanks as JSON")] = False,
) -> None:
    """Write the papers of data protection in Danish: record of processing, impact assessment, controller and
    processor, legal basis, breach plan.

    They are filled with what this installation knows. What only people know is a blank, [udfyldes: …], and what the
    data protection officer has to look into is marked [DPO: …]; both are listed. No personal data stand in them.

    Example: mentor-dw papers --out papirer_2026
    """
    from mentor_dw.config import get_settings
    from mentor_dw.local.folders import write_private
    from mentor_dw.privacy.papers import PAPERS, collect, written

    there = [f"{paper.name}.md" for paper in PAPERS if (out / f"{paper.name}.md").exists()]
    if there:
        raise MentorDwError(
            f"{out} holds {', '.join(there)} already, perhaps with blanks that somebody has filled.",
            "Name another folder with --out, and compare the two.",
        )
    done = written(collect(get_settings()))
    for one in done:
        write_private(out / f"{one.paper.name}.md", one.text)
    left = [blank for one in done for blank in one.left]
    if as_json:
        print_json(
            {
                "folder": out,
                "papers": [{"file": f"{one.paper.name}.md", "title": one.paper.title} for one in done],
                "left": [asdict(blank) for blank in left],
            }
        )
        return
    print_table(f"Papers in {out}", ("file", "title"), ((f"{one.paper.name}.md", one.paper.title) for one in done))
    for who, title in (("udfyldes", "Blanks to fill"), ("DPO", "For the data protection officer")):
        print_table(title, ("paper", "line", "what"), ((b.paper, b.line, b.what) for b in left if b.who == who))
    say("What the templates leave open is the controller's to answer; docs/papers.md says who knows what.")
