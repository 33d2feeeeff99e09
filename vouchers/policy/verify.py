"""What always holds of schemes: a version's rules are those that were signed, and decide today as they decided then."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select

from vouchers.db.base import db
from vouchers.kernel.canonical import digest
from vouchers.policy import queries
from vouchers.policy.models import SchemeVersion
from vouchers.policy.rules.compiled import CompiledPack
from vouchers.policy.rules.decision import replay
from vouchers.policy.rules.results import Decision

CHECKS = ("INV-13",)


def findings() -> Iterator[tuple[str, str, str]]:
    """Every version whose rules are not those its digest names; invariant, row, sentence."""
    statement = select(SchemeVersion.public_id, SchemeVersion.content, SchemeVersion.content_hash)
    for row in db.session.execute(statement.execution_options(yield_per=20)):
        if digest(row.content) != row.content_hash:
            yield "INV-13", f"scheme_versions/{row.public_id}", "方案的规则与其摘要不符"


def not_replayed(rows: Iterable[tuple[str, int, Mapping[str, Any] | None]]) -> Iterator[str]:
    """Of rows (name, version by key, stored decision) those whose decision is not made again from what it kept.

    What keeps facts alone, and so no decision, says nothing that could be wrong.
    """
    versions: dict[int, CompiledPack] = {}
    for name, version, stored in rows:
        if not stored or "result" not in stored:
            continue
        if version not in versions:
            versions[version] = queries.compiled(db.session.get_one(SchemeVersion, version))
        if not _is_replayed(versions[version], stored):
            yield name


def _is_replayed(compiled: CompiledPack, stored: Mapping[str, Any]) -> bool:
    try:
        return replay(compiled, Decision.from_dict(stored)).as_dict() == stored
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return False  # of another version, or nothing that this system would have stored
