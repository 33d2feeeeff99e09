"""A published scheme with an open window, officers, and applications in every state, through the real services."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.factories.accounts import MAKER, Somebody, make_office, make_user
from tests.factories.enterprises import enterprise_with_profile, own_actor
from tests.factories.parties import received_pdf
from tests.policy.packs import shipped
from tests.worlds import kept
from vouchers.accounts.states import Role
from vouchers.applications import queries, services
from vouchers.applications.models import Application
from vouchers.applications.services import NewDraft, SavedFacts
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor
from vouchers.kernel.identifiers import new_public_id
from vouchers.ledger import services as ledger
from vouchers.ledger.rules import Move, Pot
from vouchers.ledger.states import TransferKind
from vouchers.policy import services as policy
from vouchers.policy.loader import LoadedPack
from vouchers.policy.models import Scheme, SchemeVersion, Window
from vouchers.policy.services import NewWindow
from vouchers.policy.states import VersionState

NEED: dict[str, object] = {"planned_net": "80000.00", "other_support_contract": "0.00"}
PAPERS = ("licence", "size-proof", "need-statement")


@dataclass(frozen=True)
class Ground:
    """What every case stands on: a window, its scheme, and officers by role."""

    window: str
    scheme_id: int
    officers: dict[str, Somebody] = field(default_factory=dict)

    def officer(self, name: str) -> Actor:
        """An officer as services know them."""
        role = {"decider": Role.DECIDER, "second_decider": Role.DECIDER}.get(name, Role.REVIEWER)
        return self.officers[name].actor(role)


@kept
def make_ground(
    *,
    at: datetime,
    granted: int = 100_000_000,
    loaded: LoadedPack | None = None,
    kind: str = "compute",
    quantity: int | None = None,
) -> Ground:
    """The shipped pack in force, a window, an envelope of so much in each layer, and a small office."""
    office_id = make_office(at=at)
    with transaction():
        version = _published(loaded or shipped(), office_id, at=at)
        new = replace(_new_window(version.public_id, at, kind), quantity=quantity)
        window = policy.open_window(new, actor=MAKER, at=at)
        found = Ground(window.public_id, version.scheme_id)
    if granted:
        grant(found, granted, at=at)
    for name in ("acceptor", "first", "second", "decider", "second_decider"):
        role = Role.DECIDER if "decider" in name else Role.REVIEWER
        found.officers[name] = make_user(role, at=at, name=f"官员{len(found.officers)}")
    return found


@kept
def make_window(ground: Ground, *, at: datetime, kind: str = "compute") -> Window:
    """A further window of the same scheme; opens its own transaction."""
    with transaction():
        version = queries.window(ground.window).scheme_version
        return policy.open_window(_new_window(version.public_id, at, kind), actor=MAKER, at=at)


@kept
def grant(ground: Ground, fen: int, *, at: datetime, kind: str = "compute") -> None:
    """Put so much more into the envelope of each layer; opens its own transaction."""
    pot, act = Pot(ground.scheme_id, kind), new_public_id()
    with transaction():
        moves = [
            Move(TransferKind.APPROPRIATE, pot.grant(layer), pot.envelope(layer), fen, f"grant:{layer}:{act}")
            for layer in ("city", "district")
        ]
        ledger.post(moves, actor=MAKER, at=at)
        record("test.grant", Subject("scheme", str(ground.scheme_id)), actor=MAKER, at=at)


@kept
def take_back(ground: Ground, fen: int, *, at: datetime, kind: str = "compute") -> None:
    """Take so much out of the envelope of each layer again; opens its own transaction."""
    pot, act = Pot(ground.scheme_id, kind), new_public_id()
    with transaction():
        moves = [
            Move(TransferKind.REDUCE_ENVELOPE, pot.envelope(layer), pot.grant(layer), fen, f"reduce:{layer}:{act}")
            for layer in ("city", "district")
        ]
        ledger.post(moves, actor=MAKER, at=at)
        record("test.take_back", Subject("scheme", str(ground.scheme_id)), actor=MAKER, at=at)


@kept
def make_applicant(number: int = 1, *, at: datetime, **facts: object) -> Actor:
    """The representative of an enterprise with a filled profile."""
    return own_actor(enterprise_with_profile(number, at=at, **facts))


@kept
def make_draft(ground: Ground, applicant: Actor, *, at: datetime, planned: str = "80000.00") -> Application:
    """A draft with everything in it; opens its own transaction."""
    with transaction():
        draft = services.start(NewDraft(ground.window), actor=applicant, at=at)
        public_id = draft.public_id
        values = {**NEED, "planned_net": planned}
        services.save_facts(public_id, SavedFacts(values, draft.version), actor=applicant, at=at)
        for paper in PAPERS:
            received, seen = received_pdf(f"{paper}.pdf"), queries.get(public_id).version
            services.add_document(public_id, paper, received=received, seen_version=seen, actor=applicant, at=at)
    return queries.get(public_id)


@kept
def make_submitted(ground: Ground, applicant: Actor, *, at: datetime, planned: str = "80000.00") -> Application:
    """A case that waits for acceptance; opens its own transactions."""
    draft = make_draft(ground, applicant, at=at, planned=planned)
    with transaction():
        services.hand_over(draft.public_id, seen_version=draft.version, actor=applicant, at=at)
    confirm(draft.public_id, applicant, at=at)
    return queries.get(draft.public_id)


@kept
def confirm(public_id: str, applicant: Actor, *, at: datetime) -> None:
    """Confirm what is shown now; opens its own transaction."""
    with transaction():
        shown = services.preview(queries.get(public_id), at=at)
        version = queries.get(public_id).version
        services.confirm(public_id, seen_version=version, seen_hash=shown.hash, actor=applicant, at=at)


@kept
def resubmit(public_id: str, applicant: Actor, *, at: datetime) -> None:
    """Hand a mended case in again; opens its own transaction."""
    with transaction():
        shown = services.preview(queries.get(public_id), at=at)
        version = queries.get(public_id).version
        services.resubmit(public_id, seen_version=version, seen_hash=shown.hash, actor=applicant, at=at)


def _published(loaded: LoadedPack, office_id: int, *, at: datetime) -> SchemeVersion:
    """A version in force as a row: its way there is tested where it belongs, and reading a pack takes long."""
    assert loaded.pack is not None
    scheme = Scheme(pack_id=loaded.pack.id, title=loaded.pack.title, office_id=office_id, created_at=at)
    version = SchemeVersion(
        scheme=scheme,
        number=1,
        state=VersionState.PUBLISHED,
        source="",
        content=loaded.data,
        content_hash=loaded.digest,
        published_at=at,
        created_at=at,
    )
    db.session.add(version)
    db.session.flush()
    record("test.publish", Subject("scheme_version", version.public_id), actor=MAKER, at=at)
    return version


def _new_window(version: str, at: datetime, kind: str = "compute") -> NewWindow:
    opens_at, closes_at = at - timedelta(days=1), at + timedelta(days=60)
    return NewWindow(
        version, kind, "2026 年第一批", opens_at, closes_at, lot_source="2026年5月20日上证综合指数收盘点位"
    )
