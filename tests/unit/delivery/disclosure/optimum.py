"""The fewest numbers that have to be hidden beside the small ones: solved exactly, for small tables of counts.

A mixed-integer program with a set of moves for each goal, as one goal after the other in the code under test, but all
at once; that no number is known exactly is not asked for, so the true optimum is this or more.
"""

from __future__ import annotations

import numpy as np
from random_tables import Delivery
from reader import Reader, Release, is_primary
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import lil_matrix

from mentor_dw.delivery.disclosure.cells import Rule

#: No useful move is longer.
FAR = 60


def fewest_hidden(delivery: Delivery, rule: Rule) -> int:
    """How many more numbers must be hidden, at least."""
    cells = delivery.by_key()
    keys = [told for told, cell in cells.items() if cell.value]
    place = {told: number for number, told in enumerate(keys)}
    primary = [told for told in keys if is_primary(cells[told], cells, rule)]
    zeros = Release(delivery, {told: None if cell.value else 0 for told, cell in cells.items()})
    reader, goals = Reader([zeros], rule), []
    for told in primary:
        value, least = cells[told].value, max(1.0, reader.bounds(cells[told])[0])
        goals.append((told, 1, least + rule.threshold - 1 - value))
        goals.append((told, -1, value - least))
    goals = [goal for goal in goals if goal[2] > 1e-6]
    size = len(keys)
    columns = size * (1 + len(goals))
    low, high = np.zeros(columns), np.ones(columns)
    rows: list[tuple[dict[int, float], float, float]] = []
    for told in primary:
        low[place[told]] = 1
    for number, (target, side, amount) in enumerate(goals):
        first = size * (number + 1)
        for told, at in place.items():
            down = min(FAR, cells[told].value - 1)
            low[first + at], high[first + at] = -down, FAR
            rows.append(({first + at: 1, at: -FAR}, -np.inf, 0))
            rows.append(({first + at: 1, at: down}, 0, np.inf))
        if side > 0:
            low[first + place[target]] = amount
        else:
            high[first + place[target]] = -amount
        for relation in delivery.relations:
            row = {first + place[part]: -1.0 for part in relation.parts if part in place}
            if relation.total in place:
                rows.append((row | {first + place[relation.total]: 1.0}, 0, 0))
    matrix = lil_matrix((len(rows), columns))
    for number, (row, _, _) in enumerate(rows):
        for column, factor in row.items():
            matrix[number, column] = factor
    found = milp(
        np.concatenate([np.ones(size), np.zeros(columns - size)]),
        constraints=LinearConstraint(matrix.tocsr(), [row[1] for row in rows], [row[2] for row in rows]),
        bounds=Bounds(low, high),
        integrality=np.concatenate([np.ones(size), np.zeros(columns - size)]),
        options={"time_limit": 60},
    )
    assert found.status == 0, found.message
    return round(found.fun) - len(primary)
