"""What always holds of originals: the bytes are those that were handed in; each finding names invariant and row."""

from collections.abc import Iterator

from vouchers.files import queries

CHECKS = ("INV-54",)


def findings() -> Iterator[tuple[str, str, str]]:
    """Every record whose bytes are lost or changed; reads all files."""
    for public_id, problem in queries.broken_records():
        yield "INV-54", f"stored_files/{public_id}", problem
