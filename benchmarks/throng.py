"""What loads are put on: claims that wait for their approver, published cases, a full queue, and people to sign in.

One claim of each order comes about by the real acts; the others are rows like it, with invoices, allocations and held
money of their own, so that `flask ledger verify` finds nothing to say before a load and may judge what it left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Table, insert, select

from tests.factories.accounts import MAKER, Somebody, make_user
from tests.factories.redemption import EARLY, Stage, make_stage, verified_claim
from tests.races.claims import invoice
from vouchers.accounts.models import Appointment, Person, User
from vouchers.accounts.states import Role
from vouchers.applications.models import Application
from vouchers.audit.sealing import Sealed, note
from vouchers.audit.services import Subject, record
from vouchers.db.base import Base, db
from vouchers.db.transaction import transaction
from vouchers.files.models import StoredFile
from vouchers.files.store import current_store
from vouchers.kernel.identifiers import new_public_id
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move
from vouchers.ledger.states import TransferKind
from vouchers.notices.models import NoticeEntry, PublicNotice
from vouchers.notices.states import NoticeState
from vouchers.redemption.models import Allocation, Claim, DeliveryConfirmation, Invoice, InvoiceLine, PaymentProof
from vouchers.redemption.rules.evidence import Evidence

AMOUNT, NET = 1_000, 2_000
MOST_OF_AN_ORDER = 4_500  # so many claims of AMOUNT an order can hold
ENTRIES_OF_A_NOTICE = 100
_PORTION = 500
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A claim that its approver finds."""

    public_id: str
    version: int


def waiting_claims(number: int, *, orders: int, at: datetime) -> list[Waiting]:
    """So many verified claims, spread over orders; those of different orders in turn."""
    each = -(-number // orders)
    if each > MOST_OF_AN_ORDER:
        raise ValueError(f"an order bears {MOST_OF_AN_ORDER} claims")
    reviewer = make_user(Role.REVIEWER, at=EARLY)
    rows = [_on_order(each, reviewer, at=at) for _ in range(orders)]
    return [claim for group in zip(*rows, strict=True) for claim in group][:number]


def deciders(number: int) -> list[Somebody]:
    """So many approvers of the office."""
    return [make_user(Role.DECIDER, at=EARLY, name=f"审定{n}号") for n in range(number)]


def people_like(somebody: Somebody, number: int) -> list[str]:
    """So many more accounts with the same appointment and password; their names to sign in."""
    names = [f"reader-{n}" for n in range(number)]
    user = db.session.get_one(User, somebody.user_id)
    (post,) = db.session.scalars(select(Appointment).where(Appointment.user_id == user.id))
    with transaction():
        persons = _like(Person, user.person_id, [{"public_id": new_public_id(), "phone_index": name} for name in names])
        accounts = [
            {"public_id": new_public_id(), "person_id": person, "sign_in": name}
            for person, name in zip(persons, names, strict=True)
        ]
        _like(Appointment, post.id, [{"user_id": key} for key in _like(User, user.id, accounts)])
        record("test.people", Subject("user", "all"), actor=MAKER, at=EARLY)
    return names


def published_cases(cases: Sequence[str], *, at: datetime) -> str:
    """Notices of a hundred entries each over all of these cases; the public id of the newest."""
    keys = {row.public_id: row.id for row in db.session.execute(select(Application.public_id, Application.id))}
    scheme_id = db.session.get_one(Application, keys[cases[0]]).scheme_version.scheme_id
    notices = [cases[n : n + ENTRIES_OF_A_NOTICE] for n in range(0, len(cases), ENTRIES_OF_A_NOTICE)]
    with transaction():
        rows = [_notice(number, scheme_id, at) for number in range(1, len(notices) + 1)]
        ids = _insert(PublicNotice, rows)
        entries = [_entry(key, keys[case], case) for key, part in zip(ids, notices, strict=True) for case in part]
        for first in range(0, len(entries), 10_000):
            _insert(NoticeEntry, entries[first : first + 10_000])
        record("test.notices", Subject("notice", "all"), actor=MAKER, at=at)
    return str(rows[-1]["public_id"])


def _notice(number: int, scheme_id: int, at: datetime) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "number": f"GS-{number:06d}",
        "scheme_id": scheme_id,
        "title": f"第 {number} 批拟支持名单公示",
        "state": NoticeState.OPEN,
        "opens_on": at.date(),
        "closes_on": at.date() + timedelta(days=7),
        "is_provisional": False,
        "opened_by": "测试",
        "version": 1,
        "created_at": at,
    }


def _entry(notice_id: int, application_id: int, case: str) -> dict[str, Any]:
    return {
        "public_id": new_public_id(),
        "notice_id": notice_id,
        "application_id": application_id,
        "name": f"渝中群像科技{case[:6]}有限公司",
        "voucher_kind": "compute",
        "amount": 3_000_000,
    }


def _on_order(number: int, reviewer: Somebody, *, at: datetime) -> list[Waiting]:
    stage = make_stage()
    first = verified_claim(stage, at=at, verifier=reviewer, amount=AMOUNT, invoice=invoice(stage, net=NET))
    found, pattern = [Waiting(first.public_id, first.version)], first.id
    while len(found) < number:
        size = min(_PORTION, number - len(found))
        with transaction():
            found += _copies(db.session.get_one(Claim, pattern), stage, size, at=at)
            record("test.claims", Subject("claim", found[0].public_id), actor=MAKER, at=at)
    return found


def _copies(claim: Claim, stage: Stage, size: int, *, at: datetime) -> list[Waiting]:
    numbers = [next(_numbers) for _ in range(size)]
    ids = [new_public_id() for _ in numbers]
    papers = [(f"9{n:019d}", current_store().put(f"9{n:019d}".encode())) for n in numbers]
    originals = [{"public_id": new_public_id(), "sha256": sha256, "size": len(key)} for key, sha256 in papers]
    files = _like(StoredFile, claim.invoice.file_id, originals)
    own = [
        {"public_id": new_public_id(), "key": key, "sha256": sha256, "file_id": file, "allocated": 0}  # a trigger adds
        for (key, sha256), file in zip(papers, files, strict=True)
    ]
    invoices = _like(Invoice, claim.invoice_id, own)
    (line,) = claim.invoice.lines
    lines = _like(InvoiceLine, line.id, [{"invoice_id": key} for key in invoices])
    changes = [
        {
            "public_id": ids[n],
            "number": f"{claim.number}-{numbers[n]}",
            "invoice_id": invoices[n],
            "evidence_hash": _evidence(claim, papers[n]),
        }
        for n in range(size)
    ]
    claims = _like(Claim, claim.id, changes)
    theirs = [{"public_id": new_public_id(), "claim_id": key} for key in claims]
    _like(DeliveryConfirmation, claim.deliveries[0].id, theirs)
    proofs = _like(PaymentProof, claim.proofs[0].id, [{**one, "public_id": new_public_id()} for one in theirs])
    for row in claim.allocations:
        places = zip(claims, invoices, lines, proofs, strict=True)
        _like(Allocation, row.id, [_place(row, *place) for place in places])
    moves = [move for public_id in ids for move in _holds(claim, stage, public_id)]
    ledger.post(moves, actor=MAKER, at=at, reason="test")
    return [Waiting(public_id, claim.version) for public_id in ids]


def _evidence(claim: Claim, invoice: tuple[str, str]) -> str:
    return Evidence(
        invoice,
        base=claim.base,
        amount=claim.amount,
        service=(claim.service_from, claim.service_until),
        proofs=[[proof.file.sha256, proof.amount, proof.paid_on.isoformat()] for proof in claim.proofs],
        deliveries=[paper.file.sha256 for paper in claim.deliveries],
    ).digest


def _place(row: Allocation, claim: int, invoice_id: int, *papers: int) -> dict[str, int | None]:
    line, proof = papers
    return {
        "claim_id": claim,
        "invoice_id": invoice_id,
        "invoice_line_id": None if row.invoice_line_id is None else line,
        "payment_proof_id": None if row.payment_proof_id is None else proof,
    }


def _holds(claim: Claim, stage: Stage, public_id: str) -> list[Move]:
    party = claim.voucher.enterprise.organisation.public_id
    return [
        Move(
            TransferKind.ASSIGN,
            stage.pot.held(layer, subject=stage.order, party=party),
            stage.pot.held(layer, subject=public_id, party=party),
            AMOUNT // 2,
            f"assign:{public_id}:{layer}",
        )
        for layer in ("city", "district")
    ]


def _like(model: type[Base], key: int, changes: Sequence[Mapping[str, Any]]) -> list[int]:
    """Rows like another but for these columns; their keys in the same order."""
    table = _table(model)
    found = dict(db.session.execute(select(table).where(table.c.id == key)).mappings().one())
    del found["id"]
    return _insert(model, [{**found, **change} for change in changes])


def _insert(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    table = _table(model)
    statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
    keys = list(db.session.scalars(statement, rows))
    if issubclass(model, Sealed):
        note(db.session(), model, [(key,) for key in keys])
    return keys


def _table(model: type[Base]) -> Table:
    table = model.__table__
    if not isinstance(table, Table):
        raise TypeError(model)
    return table
