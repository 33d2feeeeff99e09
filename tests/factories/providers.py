"""Providers and their offerings for tests."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tests.factories.enterprises import PASSWORD, VISITOR
from tests.factories.parties import received_pdf, valid_uscc
from tests.worlds import kept
from vouchers.accounts.services import open_office
from vouchers.accounts.states import OfficeKind
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import Actor, ActorKind
from vouchers.kernel.clock import beijing_date
from vouchers.policy.loader import load_pack
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.policy.states import VersionState
from vouchers.providers import queries, services
from vouchers.providers.models import Offering
from vouchers.providers.services import AdmissionDecision, NewDocument, OfferingTerms, Registered, Registration
from vouchers.providers.states import OfferingKind, Precision, Unit

_PACK = Path(__file__).parents[2] / "seeds" / "policies" / "yuzhong-2025.yaml"

OFFICER = Actor(ActorKind.USER, "入库专员", role="admission_officer", user_id=900, person_id=900, office_id=1)
ANSWERS: dict[str, object] = {
    "provider_is_legal_person": True,
    "provider_can_meter": True,
    "provider_accepts_security": True,
}


def registration(number: int = 51, **changes: object) -> Registration:
    """A complete registration as a provider's legal representative would type it."""
    new = Registration(
        name=f"渝中测试算力{number}有限公司",
        uscc=valid_uscc(number),
        person_name="许云枢",
        phone=f"139{number:08d}",
        sign_in=f"fuwu{number}",
        password=PASSWORD,
    )
    return replace(new, **changes)  # type: ignore[arg-type]


@kept
def provider(number: int = 51, *, at: datetime, **changes: object) -> Registered:
    """A registered provider that has not applied yet; opens its own transaction."""
    with transaction():
        return services.register(registration(number, **changes), actor=VISITOR, at=at)


@kept
def published_pack(*, at: datetime) -> SchemeVersion:
    """The pack yuzhong-2025 as a version in force, as rows."""
    loaded = load_pack(_PACK)
    with transaction():
        office = open_office("测试局", OfficeKind.LEAD, region="渝中区", parent_id=None, actor=OFFICER, at=at)
        scheme = Scheme(office_id=office, pack_id="yuzhong-2025", title="渝中区算力券", created_at=at)
        db.session.add(scheme)
        db.session.flush()
        version = SchemeVersion(
            scheme_id=scheme.id,
            number=1,
            state=VersionState.PUBLISHED,
            source=_PACK.read_text(encoding="utf-8"),
            content=loaded.data,
            content_hash=loaded.digest,
            published_at=at,
            created_at=at,
        )
        db.session.add(version)
        db.session.flush()
    return version


@kept
def applied_provider(number: int = 51, *, at: datetime, apply: bool = True) -> Registered:
    """A provider that handed in every paper asked for and, unless told not to, applied."""
    registered = provider(number, at=at)
    organisation_id, own = registered.provider.organisation_id, own_actor(registered)
    with transaction():
        listed = queries.checklist(registered.provider, on=beijing_date(at))
        for line in listed.papers:
            paper = NewDocument(line.paper.id, received_pdf(f"{line.paper.name}.pdf"))
            services.keep_document(organisation_id, paper, actor=own, at=at)
        services.declare(organisation_id, ANSWERS, actor=own, at=at)
        if apply:
            services.apply(organisation_id, seen_version=registered.provider.version, actor=own, at=at)
    return registered


@kept
def admitted_provider(
    number: int = 51, *, at: datetime, kinds: tuple[OfferingKind, ...] = tuple(OfferingKind)
) -> Registered:
    """A provider admitted for these kinds, without a last day."""
    registered = applied_provider(number, at=at)
    public_id = registered.provider.public_id
    with transaction():
        services.take_up(public_id, seen_version=registered.provider.version, actor=OFFICER, at=at)
        decision = AdmissionDecision("第一批", kinds, beijing_date(at), "符合条件", registered.provider.version)
        services.admit(public_id, decision, actor=OFFICER, at=at)
    return registered


def terms(**changes: object) -> OfferingTerms:
    """What a usual entry says: 0.312 PFLOPS at FP16 for 14.50 yuan per card-hour, 62 % green."""
    usual = OfferingTerms(
        kind=OfferingKind.COMPUTE,
        name="A100 八卡集群",
        card="A100 80GB",
        precision=Precision.FP16,
        gflops_per_card=312_000,
        price=1450,
        region="重庆市渝中区",
        green_share_bp=6200,
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def cardless(kind: OfferingKind, unit: Unit, **changes: object) -> OfferingTerms:
    """What an entry says that is not sold by the card-hour: 8 yuan a unit."""
    plain = OfferingTerms(kind, "行业服务", 800, "重庆市渝中区", unit)
    return replace(plain, **changes)  # type: ignore[arg-type]


@kept
def listed(registered: Registered, entry: OfferingTerms, *, at: datetime) -> Offering:
    """An entry with these terms; opens its own transaction."""
    with transaction():
        organisation_id = registered.provider.organisation_id
        return services.list_offering(organisation_id, entry, actor=own_actor(registered), at=at)


def offering(registered: Registered, *, at: datetime, **changes: object) -> Offering:
    """An entry of an admitted provider; opens its own transaction."""
    return listed(registered, terms(**changes), at=at)


def own_actor(registered: Registered) -> Actor:
    """The operator of a provider as services know them."""
    return Actor(
        ActorKind.USER,
        "许云枢",
        role="provider_operator",
        user_id=registered.user_id,
        person_id=registered.person_id,
        organisation_id=registered.provider.organisation_id,
    )
