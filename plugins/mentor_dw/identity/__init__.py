"""Persons: what a CPR number says, and the keys that hide it. No database, no files but the key files."""
