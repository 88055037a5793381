"""The papers that data protection asks for, in Danish: templates, and what the system knows to fill them with."""

from mentor_dw.privacy.papers.facts import collect
from mentor_dw.privacy.papers.render import PAPERS, Paper, Written, written

__all__ = ["PAPERS", "Paper", "Written", "collect", "written"]
