"""The hash chain: how one event is bound to all before it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vouchers.kernel.canonical import canonical_json

GENESIS = "0" * 64
ALGORITHM = "sha256"


def link(previous_hash: str, event: Mapping[str, Any], *, algorithm: str = ALGORITHM) -> str:
    """The hash of an event: H(previous hash, canonical JSON of all its other fields).

    >>> link(GENESIS, {"seq": 1}) == link(GENESIS, {"seq": 1})
    True
    """
    digest = hashlib.new(algorithm)
    digest.update(previous_hash.encode())
    digest.update(canonical_json(dict(event)).encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class ChainBreak:
    """The first place where the chain does not hold."""

    seq: int
    message: str


def first_break(rows: Iterable[tuple[int, str, str, str, Mapping[str, Any]]]) -> ChainBreak | None:
    """Walk (seq, algorithm, previous hash, hash, other fields) in order; the first row that does not fit."""
    expected_seq, expected_previous = 1, GENESIS
    for seq, algorithm, previous_hash, own_hash, fields in rows:
        if seq != expected_seq:
            return ChainBreak(expected_seq, f"第 {expected_seq} 条留痕缺失，其后是第 {seq} 条")
        if previous_hash != expected_previous:
            return ChainBreak(seq, f"第 {seq} 条留痕与前一条不相接")
        if link(previous_hash, fields, algorithm=algorithm) != own_hash:
            return ChainBreak(seq, f"第 {seq} 条留痕的内容与其哈希不符")
        expected_seq, expected_previous = seq + 1, own_hash
    return None
