"""From raw to bi: dbt builds in `work`, and one transaction publishes the differences into the tables of `bi`."""
