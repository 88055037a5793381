"""The ledger of deliveries: what came, what became of it, and which one counts."""
