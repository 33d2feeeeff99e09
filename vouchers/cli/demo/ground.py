"""The ground: offices, staff, the scheme in force, its windows, and the money by two people."""

from datetime import date, datetime

from vouchers.accounts import queries as accounts_queries
from vouchers.accounts import services as accounts
from vouchers.accounts.models import User
from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails
from vouchers.accounts.states import OfficeKind, Role
from vouchers.audit.services import Subject, record
from vouchers.cli.demo import cast
from vouchers.cli.demo.timeline import Story, instant
from vouchers.cli.demo.world import DAILY, LOADER, World
from vouchers.db.base import db
from vouchers.kernel.clock import beijing_date
from vouchers.ledger.services.documents import NewDocument, check_document, record_document, refuse_document
from vouchers.ledger.states import DocumentKind
from vouchers.policy import queries as policy_queries
from vouchers.policy import services as policy
from vouchers.policy.fairness import Answer, Assessment, pointed_in
from vouchers.policy.models import SchemeVersion
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.services import PACKS, NewWindow, Signing
from vouchers.policy.states import Conclusion

PACK = "yuzhong-2025"
ENVELOPES = {"compute": 60_000_000, "model": 11_500_000}
"""Fen per layer and voucher kind; the models' is small, so that one case waits and one comes too late."""
INDICATORS = {"city": 80_000_000, "district": 80_000_000}
_PAYING = {"city": "city-finance", "district": "finance"}
_LAYERS = {"city": "渝财产业", "district": "渝中财预"}


def assessment(version: SchemeVersion) -> Assessment:
    """An example of a 公平竞争审查, one answer for every pointed item."""
    pointed = pointed_in(policy.load(version.source, PACK))
    answer = Answer("示例：实施细则所列支持对象条款", "资金由本区财政承担，限定在本区登记，不限定服务商所在地。")
    return Assessment((answer,) * len(pointed), Conclusion.MEETS, "已逐条审查，示例结论：可以出台。")


def offices_and_staff(world: World) -> Story:
    """Offices open, and everybody gets an account with a known password and a known second factor."""
    yield world.days.at(205, "09:00")
    at = world.days.at(205, "09:00")
    for one in cast.parts("offices"):
        world.offices[one["key"]] = accounts.open_office(
            one["name"], OfficeKind(one["kind"]), region=one["region"], parent_id=None, actor=LOADER, at=at
        )
    for one in cast.parts("staff"):
        person = PersonDetails(one["name"], phone=one["phone"])
        new = NewUser(one["sign_in"], person, cast.password(), cast.totp_secret(one["sign_in"]))
        user_id, _ = accounts.create_user(new, actor=LOADER, at=at)
        role, office_id = Role(one["role"]), world.offices[one["office"]]
        first = date(world.days.day(205).year, 1, 1)
        accounts.appoint(NewAppointment(user_id, role, first, office_id=office_id), actor=LOADER, at=at)
        world.know(one["sign_in"], beijing_date(at))


def role_proposed(world: World) -> Story:
    """One more role is proposed and waits for the security administrator."""
    yield (at := world.days.at(1, "15:20"))
    user_id, office_id = accounts_queries.user_named("zhengce2"), world.offices["lead"]
    wanted = NewAppointment(user_id, Role.ADMISSION_OFFICER, beijing_date(at), office_id=office_id)
    accounts.propose_appointment(wanted, reason="入库专员休假，由其代办", actor=world.actors["xitong"], at=at)


def passwords_renewed(world: World) -> Story:
    """Staff renewed their passwords lately, as the rules of the profile want; it is the same one again here."""
    yield (at := world.days.at(0, "08:30"))
    for one in cast.parts("staff"):
        user = db.session.get_one(User, accounts_queries.user_named(one["sign_in"]))
        user.password_set_at = at
        record("change_password", Subject("user", user.public_id), actor=world.actors[one["sign_in"]], at=at)


def scheme_in_force(world: World) -> Story:
    """One policy officer drafts and checks, another signs and publishes; two rounds of windows open."""
    drafter, signer = "zhengce", "zhengce2"
    yield (at := world.days.at(203, "10:00"))
    file = PACKS / f"{PACK}.yaml"
    actor, lead = world.actors[drafter], world.offices["lead"]
    version = policy.import_pack(file.read_text(encoding="utf-8"), file.name, office_id=lead, actor=actor, at=at)
    policy.check_version(version.public_id, actor=actor, at=at)
    policy.review_fairness(version.public_id, assessment(version), actor=actor, at=at)
    world.version, world.scheme_id = version.public_id, version.scheme_id
    yield (at := world.days.at(202, "10:00"))
    year = at.year
    signing = Signing(f"渝中数发〔{year}〕1号（演示）", "演示：数额和期限由主管部门以实施细则确定。", is_trial=True)
    policy.sign_version(world.version, signing, actor=world.actors[signer], at=at)
    yield (at := world.days.at(202, "15:00"))
    policy.publish_version(world.version, actor=world.actors[signer], at=at)
    for number, (opens, closes) in enumerate(_rounds(world), start=1):
        yield opens
        _open_windows(world, number, opens, closes=closes)
    yield (at := _rounds(world)[0][1])
    policy.close_due(actor=DAILY, at=at)


def budgets(world: World) -> Story:
    """Envelopes once, indicators for every fiscal year, each recorded by one person and checked by another."""
    for year in world.days.years:
        start = max(world.days.day(200), world.days.first_of(year))
        yield (at := instant(start, "11:00"))
        documents = [_indicator(world, layer, year, amount) for layer, amount in INDICATORS.items()]
        if year == world.days.years[0]:
            documents += [_envelope(world, kind, layer) for kind in ENVELOPES for layer in INDICATORS]
        recorded = [record_document(new, actor=world.actors["zhidan"], at=at).public_id for new in documents]
        yield (at := instant(start, "16:00"))
        for public_id in recorded:
            check_document(public_id, actor=world.actors["fuhe"], at=at, seen_version=1)
    yield (at := world.days.at(4, "11:00"))
    wrong = record_document(_indicator(world, "city", at.year, 1_000_000), actor=world.actors["zhidan"], at=at)
    yield (at := world.days.at(3, "11:00"))
    reason = "文号与来文不符，请核对后重新登记。"
    refuse_document(wrong.public_id, reason, actor=world.actors["fuhe"], at=at, seen_version=1)
    yield (at := world.days.at(1, "16:30"))
    record_document(_indicator(world, "district", at.year, 20_000_000), actor=world.actors["zhidan"], at=at)


def _rounds(world: World) -> list[tuple[datetime, datetime]]:
    """When the two rounds open and close; the second is open now, and none outlives the scheme."""
    last = _pack(world).effective.last
    closes = min(date.fromordinal(world.today.toordinal() + 92), last)
    first = (world.days.at(198, "09:00"), world.days.at(150, "17:30"))
    return [first, (world.days.at(66, "09:00"), instant(closes, "17:30"))]


def _open_windows(world: World, number: int, opens: datetime, *, closes: datetime) -> None:
    for kind in _pack(world).kinds:
        title = f"{opens.year}年第{'一二'[number - 1]}批{kind.name}（演示）"
        new = NewWindow(world.version, kind.id, title, opens, closes)
        window = policy.open_window(new, actor=world.actors["zhengce"], at=opens)
        world.windows[number, kind.id] = window.public_id


def _pack(world: World) -> PolicyPack:
    return policy_queries.pack(policy_queries.get_version(world.version))


def _envelope(world: World, kind: str, layer: str) -> NewDocument:
    year = world.days.years[0]
    number = f"{_LAYERS[layer]}〔{year}〕{8 if kind == 'compute' else 9}号（演示）"
    amount = ENVELOPES[kind]
    return NewDocument(DocumentKind.ENVELOPE, world.scheme_id, layer, number, amount, voucher_kind=kind)


def _indicator(world: World, layer: str, year: int, amount: int) -> NewDocument:
    return NewDocument(
        DocumentKind.INDICATOR,
        world.scheme_id,
        layer,
        f"{_LAYERS[layer]}〔{year}〕{amount // 1_000_000}号（演示）",
        amount,
        paying_office_id=world.offices[_PAYING[layer]],
        fiscal_year=year,
        project_code=f"5001{year}SLQ",
        subject_code="2150899",
    )
