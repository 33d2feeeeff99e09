"""The hash chain: how one event is bound to all before it, and rows of other tables to an event; pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from vouchers.kernel.canonical import canonical_json, digest

GENESIS = "0" * 64
ALGORITHM = "sha256"
SECURITY_LOG = frozenset(  # acts that are security logs, not money: the trigger lets only these be purged
    {
        "sign_in",
        "refuse_sign_in",
        "second_factor",
        "refuse_second_factor",
        "choose_post",
        "sign_out",
        "end_session",
    }
)
LEAST_KEPT = timedelta(days=184)  # 网络安全法: logs stay for six months at least
HEAD_JOB = "audit.sign_head"  # asked for by acts after which the head is signed


def link(previous_hash: str, event: Mapping[str, Any], *, algorithm: str = ALGORITHM) -> str:
    """The hash of an event: H(previous hash, canonical JSON of all its other fields).

    >>> link(GENESIS, {"seq": 1}) == link(GENESIS, {"seq": 1})
    True
    """
    digest = hashlib.new(algorithm)
    digest.update(previous_hash.encode())
    digest.update(canonical_json(dict(event)).encode())
    return digest.hexdigest()


def covered(event: Mapping[str, Any]) -> dict[str, Any]:
    """What of an event its hash covers; `rows` came later, so an event without any is hashed as before."""
    without = {"previous_hash", "hash"} if event.get("rows") else {"previous_hash", "hash", "rows"}
    return {name: value for name, value in event.items() if name not in without}


def row_digest(values: Mapping[str, Any]) -> str:
    """The digest of a row of another table, the same on every database; what is empty is left out.

    >>> row_digest({"id": 1, "ended_on": None}) == row_digest({"id": 1})
    True
    """
    return digest({name: plain(value) for name, value in values.items() if value is not None})


def plain(value: Any) -> Any:
    """A value as a driver hands it over, in the one form that is the same on every database; anything goes through.

    >>> plain(datetime(2026, 3, 18, 4, tzinfo=UTC)), plain(date(2026, 3, 18)), plain(True)
    ('2026-03-18 04:00:00.000000', '2026-03-18', 1)
    """
    if type(value) is str or type(value) is int:  # as nearly all are
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return int(value)
    return value.hex() if isinstance(value, bytes) else value


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first place where the chain does not hold."""

    seq: int
    message: str


@dataclass(frozen=True, slots=True)
class Link:
    """One event as the chain sees it; without fields when it was purged after its time and only its hash is kept."""

    seq: int
    algorithm: str
    previous_hash: str
    hash: str
    fields: Mapping[str, Any] | None


def first_break(links: Iterable[Link]) -> ChainBreak | None:
    """Walk the links in order; the first one that does not fit."""
    expected_seq, expected_previous = 1, GENESIS
    for one in links:
        if one.seq != expected_seq:
            return ChainBreak(expected_seq, f"第 {expected_seq} 条留痕缺失，其后是第 {one.seq} 条")
        if one.previous_hash != expected_previous:
            return ChainBreak(one.seq, f"第 {one.seq} 条留痕与前一条不相接")
        if one.fields is not None and not _is_whole(one):
            return ChainBreak(one.seq, f"第 {one.seq} 条留痕的内容与其哈希不符")
        expected_seq, expected_previous = one.seq + 1, one.hash
    return None


def purge_digest(purged: Iterable[tuple[int, str]]) -> str:
    """What the event of a purge keeps of all that it took away: number and hash of each."""
    return digest([list(one) for one in purged])


def _is_whole(one: Link) -> bool:
    try:
        return link(one.previous_hash, one.fields or {}, algorithm=one.algorithm) == one.hash
    except ValueError:  # an algorithm nobody knows
        return False
