"""批量示例: many enterprises with one case each, as rows, for measuring; books balanced and log chained."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import func, insert, select

from vouchers.applications.models import Application
from vouchers.applications.states import ApplicationState
from vouchers.audit.sealing import Sealed, note
from vouchers.audit.services import Subject, record
from vouchers.cli.demo.world import LOADER
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.enterprises.states import EnterpriseState
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VoucherState
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.identifiers import new_voucher_code, uscc_check_character
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, Pot, split_by_layer
from vouchers.ledger.states import TransferKind
from vouchers.parties.models import Organisation
from vouchers.parties.states import OrganisationState
from vouchers.policy.models import Window

KIND = "compute"
PORTION = 2_000
FACE = 1_000_000  # fen; every voucher of the bulk alike
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WITHIN = (
    (ApplicationState.SUBMITTED, "", 30),
    (ApplicationState.IN_STAGE, "first-review", 25),
    (ApplicationState.IN_STAGE, "second-review", 15),
    (ApplicationState.TO_DECIDE, "meeting-decision", 10),
    (ApplicationState.REJECTED, "", 5),
    (ApplicationState.ISSUED, "meeting-decision", 15),
)
_RUNNING = frozenset({ApplicationState.SUBMITTED, ApplicationState.IN_STAGE, ApplicationState.TO_DECIDE})


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the bulk stands: the window it applies in, the pot it is paid from, the account that handed it in."""

    window: Window
    pot: Pot
    layers: tuple[str, ...]
    handler_user_id: int
    seed: int


def present(seed: int) -> int:
    """How many enterprises of this seed there are already."""
    statement = select(func.count()).select_from(Organisation).where(Organisation.uscc.like(f"{_prefix(seed)}%"))
    return db.session.scalar(statement) or 0


def add_portion(ground: Ground, numbers: range, *, at: datetime) -> int:
    """Add these enterprises with their cases and vouchers, and one event for all; returns how many vouchers."""
    rows = [_case(ground, number, Random(f"{ground.seed}:{number}"), at=at) for number in numbers]  # noqa: S311  figures
    organisations = _insert(Organisation, [_organisation(ground, number, at=at) for number in numbers])
    enterprises = _insert(
        Enterprise,
        [_enterprise(ground, number, one, at=at) for number, one in zip(numbers, organisations, strict=True)],
    )
    pairs = zip(rows, enterprises, strict=True)
    applications = _insert(Application, [{**row, "enterprise_id": enterprise} for row, enterprise in pairs])
    issued = [
        (application, enterprise, organisation)
        for row, application, enterprise, organisation in zip(
            rows, applications, enterprises, _addresses(organisations), strict=True
        )
        if row["state"] is ApplicationState.ISSUED
    ]
    _issue(ground, issued, at=at)
    details = {"seed": ground.seed, "from": numbers.start, "to": numbers.stop, "vouchers": len(issued)}
    record("demo.bulk", Subject("demo", f"{ground.seed}"), actor=LOADER, at=at, details=details)
    return len(issued)


def issued_among(numbers: range, seed: int) -> int:
    """How many of these will have a voucher."""
    return sum(_standing(Random(f"{seed}:{number}"))[0] is ApplicationState.ISSUED for number in numbers)  # noqa: S311


def _standing(chance: Random) -> tuple[ApplicationState, str]:
    state, stage, _ = chance.choices(_WITHIN, [weight for _, _, weight in _WITHIN])[0]
    return state, stage


def _case(ground: Ground, number: int, chance: Random, *, at: datetime) -> dict[str, Any]:
    state, stage = _standing(chance)
    since = at - timedelta(minutes=chance.randrange(60 * 24 * 40))
    is_running = state in _RUNNING
    is_issued = state is ApplicationState.ISSUED
    return {
        "public_id": address(ground.seed, "case", number),
        "number": f"PL-{ground.seed}-{number:07d}",
        "scheme_version_id": ground.window.scheme_version_id,
        "window_id": ground.window.id,
        "voucher_kind": ground.window.voucher_kind,
        "state": state,
        "stage": stage,
        "requested": FACE,
        "computed": FACE,
        "approved": FACE if is_issued else None,
        "tier": "starter",
        "handler_user_id": ground.handler_user_id,
        "submitted_at": since,
        "stage_since": since,
        "due_on": beijing_date(at) + timedelta(days=chance.randrange(-6, 12)) if is_running else None,
        "created_at": since,
    }


def _organisation(ground: Ground, number: int, *, at: datetime) -> dict[str, Any]:
    return {
        "public_id": address(ground.seed, "organisation", number),
        "name": f"批量示例{ground.seed}号样本第{number:07d}有限公司",
        "uscc": _uscc(ground.seed, number),
        "state": OrganisationState.ACTIVE,
        "created_at": at,
    }


def _enterprise(ground: Ground, number: int, organisation_id: int, *, at: datetime) -> dict[str, Any]:
    return {
        "public_id": address(ground.seed, "enterprise", number),
        "organisation_id": organisation_id,
        "state": EnterpriseState.REGISTERED,
        "created_at": at,
    }


def _issue(ground: Ground, issued: Sequence[tuple[int, int, str]], *, at: datetime) -> None:
    """Vouchers of these cases, and their money from the envelopes."""
    if not issued:
        return
    moves, rows = [], []
    first = beijing_date(at)
    for application_id, enterprise_id, party in issued:
        public_id = address(ground.seed, "voucher", application_id)
        rows.append(_voucher(ground, public_id, application_id, enterprise_id=enterprise_id, first=first, at=at))
        for layer, amount in split_by_layer(FACE, dict.fromkeys(ground.layers, 1)).items():
            rest = ground.pot.voucher(layer, voucher=public_id, party=party)
            key = f"issue:{public_id}:{layer}"
            moves.append(Move(TransferKind.ISSUE, ground.pot.envelope(layer), rest, amount, key))
    _insert(Voucher, rows)
    ledger.post(moves, actor=LOADER, at=at, reason="批量示例")


def _voucher(
    ground: Ground, public_id: str, application_id: int, *, enterprise_id: int, first: date, at: datetime
) -> dict[str, Any]:
    return {
        "public_id": public_id,
        "number": f"PLQ-{ground.seed}-{application_id:08d}",
        "code": new_voucher_code(Random(f"{ground.seed}:code:{application_id}").choice),  # noqa: S311  an example
        "application_id": application_id,
        "enterprise_id": enterprise_id,
        "scheme_version_id": ground.window.scheme_version_id,
        "voucher_kind": ground.window.voucher_kind,
        "tier": "starter",
        "face": FACE,
        "state": VoucherState.ACTIVE,
        "valid_from": first,
        "valid_until": first + timedelta(days=180),
        "issued_at": at,
        "created_at": at,
    }


def _insert(model: Any, rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows and return their keys in the same order."""
    statement = insert(model).returning(model.id, sort_by_parameter_order=True)
    ids = list(db.session.scalars(statement, rows))
    if issubclass(model, Sealed):
        note(db.session(), model, [(one,) for one in ids])
    return ids


def _addresses(organisations: Sequence[int]) -> list[str]:
    """Public ids of organisations by their keys, in the same order."""
    found = select(Organisation.id, Organisation.public_id).where(
        Organisation.id.between(min(organisations), max(organisations))
    )
    known = {row.id: row.public_id for row in db.session.execute(found)}
    return [known[one] for one in organisations]


def address(seed: int, what: str, number: int) -> str:
    """A public id like any other, but the same whenever the same seed is loaded; examples have nothing to hide."""
    drawn = Random(f"{seed}:{what}:{number}").randbytes(16)  # noqa: S311
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


def _prefix(seed: int) -> str:
    return f"91500103PL{seed % 100:02d}"


def _uscc(seed: int, number: int) -> str:
    digits = ""
    while len(digits) < 5:  # noqa: PLR2004  what is left of seventeen characters
        number, rest = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[rest] + digits
    body = _prefix(seed) + digits
    return body + uscc_check_character(body)
