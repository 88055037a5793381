"""Wide deliveries: one file, one row per person, series of columns by week, month and year, folded into spells.

Pure reading: bytes in, numpy arrays and PostgreSQL's binary form out. A file may be larger than memory.
"""
