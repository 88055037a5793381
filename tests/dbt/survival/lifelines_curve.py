"""Run in an environment of its own: [[weeks, event], ...] as JSON from stdin becomes lifelines' curve on stdout.

The answer is a list of [week, at risk, events, share left, Greenwood's standard error] for each week with a change.
"""

from __future__ import annotations

import json
import sys

from lifelines import KaplanMeierFitter

observed = json.load(sys.stdin)
fitted = KaplanMeierFitter().fit([weeks for weeks, _ in observed], [event for _, event in observed])
shares = fitted.survival_function_["KM_estimate"]
# lifelines builds its confidence intervals from this sum and has no other name for it.
squares = fitted._cumulative_sq_
rows = [
    [int(week), int(row.at_risk), int(row.observed), shares[week], shares[week] * squares[week] ** 0.5]
    for week, row in fitted.event_table.iterrows()
]
json.dump(rows, sys.stdout)
