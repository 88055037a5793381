"""Extracts for receivers: what is promised, what may be told, how it is packed, sent and receipted."""
