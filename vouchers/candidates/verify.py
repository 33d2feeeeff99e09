"""What always holds of lists of candidates, checked on a live database."""

from collections.abc import Iterator

from sqlalchemy import select

from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.services.computing import list_digest
from vouchers.db.base import db

CHECKS = ("INV-13",)


def findings() -> Iterator[tuple[str, str, str]]:
    """Every list whose candidates are no longer those that were computed; invariant, row, sentence."""
    columns = (
        Candidate.row,
        Candidate.uscc,
        Candidate.name,
        Candidate.result,
        Candidate.amount,
        Candidate.facts,
        Candidate.beside,
    )
    for one in db.session.scalars(select(CandidateList).where(CandidateList.digest != "")):
        rows = db.session.execute(select(*columns).where(Candidate.list_id == one.id).order_by(Candidate.id))
        if list_digest([dict(row._mapping) for row in rows]) != one.digest:  # noqa: SLF001  the public way to a dict
            yield "INV-13", f"candidate_lists/{one.public_id}", "名单上的企业、事实或结论与算出时的摘要不符"
