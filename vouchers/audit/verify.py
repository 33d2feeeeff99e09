"""What always holds of the chain and of the rows it vouches for; each finding names the invariant and the row."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from vouchers.audit import queries, sealing
from vouchers.audit.rules import ChainBreak, Link, first_break, purge_digest
from vouchers.db.base import db

CHECKS = ("INV-48",)
Found = tuple[str, str, str]
"""Invariant, row, sentence."""

_PURGE = "audit.purge"


def findings() -> Iterator[Found]:
    """The first break of the chain, purges that were not recorded so, and every sealed row that was tampered with."""
    walk = _Walk()
    broken = walk.first_break() or _lost_end()
    if broken is not None:
        yield "INV-48", f"audit_events {broken.seq}", broken.message
    yield from _purges(walk.purges)
    yield from _rows(walk.digests)


def of_all(modules: Iterable[str]) -> Iterator[Found]:
    """What every slice's verifier finds; one that cannot even read what somebody put in says so and stops no other."""
    for name in modules:
        try:
            yield from import_module(name).findings()
        except Exception as error:  # noqa: BLE001  whatever lies there, it is a finding
            db.session.rollback()
            yield "INV-48", name, f"库里有本系统不会写入的内容，无法读取（{type(error).__name__}: {str(error)[:200]}）"


class _Walk:
    """One way along the chain: finds the first break and gathers what later events say of rows and purges."""

    def __init__(self) -> None:
        self.digests: dict[str, dict[str, bytes]] = {}
        self.purges: dict[str, str] = {}

    def first_break(self) -> ChainBreak | None:
        links = self._gathering()
        found = first_break(links)
        for _ in links:  # what comes after a break still says which rows were touched
            pass
        return found

    def _gathering(self) -> Iterator[Link]:
        for link in queries.links():
            fields: Mapping[str, Any] = link.fields or {}
            with suppress(AttributeError, TypeError, ValueError):  # digests in an event that somebody tampered with
                for table, written in dict(fields.get("rows") or {}).items():
                    known = self.digests.setdefault(table, {})
                    known.update((key, bytes.fromhex(digest)) for key, digest in written.items())
            if fields.get("act") == _PURGE and isinstance(details := fields.get("details"), dict):
                self.purges[str(fields["subject_id"])] = str(details.get("digest"))
            yield link


def _lost_end() -> ChainBreak | None:
    (seq, own_hash), last = queries.head(), queries.last_link()
    if last == (seq, own_hash):
        return None
    return ChainBreak(max(seq, last[0]), f"留痕链的末尾与链头（第 {seq} 条）不符：末尾可能被删去或添加")


def _purges(recorded: Mapping[str, str]) -> Iterator[Found]:
    left = dict(recorded)
    for purge, taken in queries.purges():
        if left.pop(purge, "") != purge_digest(taken):
            yield "INV-48", f"audit_purged {taken[0][0]}", "清理掉的留痕与清理时的记录不符"
    for purge in left:
        yield "INV-48", f"audit_purged {purge}", "有清理记录，但所清理留痕的哈希不在"


def _rows(recorded: dict[str, dict[str, bytes]]) -> Iterator[Found]:
    for table, rows in sealing.standing(db.session.connection()):
        known = recorded.pop(table, {})
        for key, digest in rows:
            if known.pop(key, b"") != bytes.fromhex(digest):
                yield "INV-48", f"{table}/{key}", "这一行与留痕记下的摘要不符：被改写，或不是经系统写入"
        for key, digest_kept in known.items():
            if digest_kept:
                yield "INV-48", f"{table}/{key}", "留痕里有这一行，库里没有：被删去"
