"""Linear programs that are solved again and again with other costs and bounds, by HiGHS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

INFINITY = float("inf")
#: Beside it two numbers are the same; numbers are scaled so that none is above MOST.
CLOSE = 1e-6
MOST = 1e4

Row = tuple[Mapping[int, float], float, float]


class Program:
    """Minimise costs over columns within bounds, where every row lies between its two numbers."""

    def __init__(self, low: np.ndarray, high: np.ndarray, rows: Sequence[Row]) -> None:
        """`low`, `high`: bounds of each column. `rows`: factors by column, smallest and largest sum."""
        import highspy
        import numpy as np
        from scipy.sparse import csr_matrix

        self._optimal, self._infeasible = highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible
        columns = len(low)
        places = [(row, column, factor) for row, one in enumerate(rows) for column, factor in sorted(one[0].items())]
        matrix = csr_matrix(
            ([place[2] for place in places], ([place[0] for place in places], [place[1] for place in places])),
            shape=(len(rows), columns),
        )
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = columns, len(rows)
        program.col_cost_ = np.zeros(columns)
        program.col_lower_, program.col_upper_ = np.array(low, dtype=float), np.array(high, dtype=float)
        program.row_lower_ = np.array([one[1] for one in rows], dtype=float)
        program.row_upper_ = np.array([one[2] for one in rows], dtype=float)
        program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        program.a_matrix_.start_ = matrix.indptr
        program.a_matrix_.index_ = matrix.indices
        program.a_matrix_.value_ = matrix.data
        self._highs = highspy.Highs()
        # One thread and a fixed seed: the same program has the same solution every time.
        options = {"output_flag": False, "presolve": "off", "solver": "simplex", "threads": 1, "random_seed": 0}
        for name, value in options.items():
            self._highs.setOptionValue(name, value)
        self._highs.passModel(program)
        self._all = np.arange(columns, dtype=np.int32)

    def bound(self, column: int, low: float, high: float) -> None:
        """Let a column lie between two numbers."""
        self._highs.changeColBounds(column, low, high)

    def cost(self, costs: np.ndarray) -> None:
        """What a unit of each column costs."""
        self._highs.changeColsCost(len(self._all), self._all, costs)

    def cost_of(self, column: int, cost: float) -> None:
        """What a unit of one column costs."""
        self._highs.changeColCost(column, cost)

    def solve(self, *, afresh: bool = False) -> np.ndarray | None:
        """The columns of a cheapest solution; None when there is none. RuntimeError when the solver gives up.

        The search begins where the last one ended; with `afresh` it does not, which is shorter when the two have
        little in common.
        """
        import numpy as np

        if afresh:
            self._highs.clearSolver()
        for _ in range(2):
            self._highs.run()
            status = self._highs.getModelStatus()
            if status == self._optimal:
                return np.array(self._highs.getSolution().col_value)
            if status == self._infeasible:
                return None
            self._highs.clearSolver()
        raise RuntimeError(f"the linear program was not solved: {self._highs.modelStatusToString(status)}")


def connected(size: int, links: Iterable[Sequence[int]]) -> list[list[int]]:
    """The numbers 0 to `size` in groups that `links` connect, each sorted, the groups by their first number."""
    above = list(range(size))

    def top(one: int) -> int:
        while above[one] != one:
            above[one] = above[above[one]]
            one = above[one]
        return one

    for link in links:
        for one in link[1:]:
            above[max(top(one), top(link[0]))] = min(top(one), top(link[0]))
    groups: dict[int, list[int]] = {}
    for one in range(size):
        groups.setdefault(top(one), []).append(one)
    return [groups[one] for one in sorted(groups)]
