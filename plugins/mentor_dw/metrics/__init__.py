"""Numbers about the house for Prometheus, counted from the ledgers whenever they are asked for (docs/metrics.md)."""
