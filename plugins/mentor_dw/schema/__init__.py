"""The tables that are not derived from a feed or built by dbt: vault and ledgers, as numbered SQL files."""
