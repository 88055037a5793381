"""Where data comes from and goes to, as OpenLineage events, told from the ledgers (docs/lineage_events.md)."""
