"""Sample deliveries: made-up persons and days, but at scale 1 exactly the published numbers.

One population of persons feeds the deliveries of every source. Nothing here is needed to run the warehouse.
"""

from mentor_dw.sample.generator import generate

__all__ = ["generate"]
