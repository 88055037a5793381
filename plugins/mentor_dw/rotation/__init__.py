"""Keys and passwords changed for new ones while the house works, each with a proof (docs/keys.md)."""
