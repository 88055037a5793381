"""The page of an extract in the docs: its dictionary, with the code lists that are seeds of the project."""

from __future__ import annotations

from pathlib import Path

from mentor_dw.delivery.content.codes import seed_codes
from mentor_dw.delivery.specification.dictionary import dictionary
from mentor_dw.delivery.specification.models import MODELS
from mentor_dw.delivery.specification.read import EXTRACTS, code_lists, read_receiver, read_specification


def extract_page(name: str, folder: Path = EXTRACTS, models: Path = MODELS) -> str:
    """The data dictionary of extract `name` as the files of the project have it, without a database.

    Raises MentorDwError as `read_specification` and `read_receiver` do.
    """
    spec = read_specification(name, folder, models)
    named = {code_list for table in spec.tables for code_list in code_lists(table)}
    codes = {code_list: listed for code_list in named if (listed := seed_codes(code_list)) is not None}
    return dictionary(spec, read_receiver(spec.receiver, folder), codes, models)
