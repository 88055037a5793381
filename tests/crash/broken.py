"""The product broken on purpose, in a worker: what the comparison must see."""

from __future__ import annotations

from collections.abc import Callable


def commits_in_the_middle() -> None:
    """The rows of a delivery are committed before its verdict is."""
    from mentor_dw.ingest import settle

    whole = settle._copy_to_raw

    def copied(connection, *rest) -> None:
        whole(connection, *rest)
        connection.commit()

    settle._copy_to_raw = copied


def publishes_table_by_table() -> None:
    """Readers see each table when it is merged."""
    from mentor_dw.warehouse import publish

    whole = publish.merge

    def merged(connection, table):
        change = whole(connection, table)
        connection.commit()
        return change

    publish.merge = merged


def forgets_to_put_away() -> None:
    """The file is taken from the inbox before it is kept."""
    from mentor_dw.ingest import keep

    whole = keep.keep_encrypted

    def kept(plain, target, keys) -> None:
        content = plain.read_bytes()
        plain.unlink()
        copy = plain.with_name("copy")
        copy.write_bytes(content)
        whole(copy, target, keys)
        copy.unlink()

    keep.keep_encrypted = kept


WAYS: dict[str, Callable[[], None]] = {
    way.__name__: way for way in (commits_in_the_middle, publishes_table_by_table, forgets_to_put_away)
}
