"""From the reader into the database: persons to the vault, rows without CPR to `landing`, accepted ones to `raw`."""
