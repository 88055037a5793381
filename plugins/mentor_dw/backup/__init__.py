"""Backups: everything a house needs to stand up again, closed to keys that the house does not have (docs/backup.md)."""
