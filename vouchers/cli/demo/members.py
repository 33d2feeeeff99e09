"""Providers and enterprises: how they register, are admitted, fill their profile and name their accounts."""

from datetime import datetime

from vouchers.accounts import services as accounts
from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails
from vouchers.accounts.states import Role
from vouchers.cli.demo import cast
from vouchers.cli.demo.cast import Part
from vouchers.cli.demo.papers import paper
from vouchers.cli.demo.timeline import Story
from vouchers.cli.demo.world import VISITOR, World
from vouchers.enterprises import services as enterprises
from vouchers.enterprises.services import Declaration
from vouchers.files.services import Owner, Received, keep
from vouchers.files.states import ArchiveClass
from vouchers.kernel.clock import beijing_date
from vouchers.parties import queries as parties_queries
from vouchers.parties import services as parties
from vouchers.parties.services import NewBankAccount
from vouchers.parties.states import MandateKind
from vouchers.providers import queries as provider_queries
from vouchers.providers import services as providers
from vouchers.providers.models import Provider
from vouchers.providers.services import AdmissionDecision, NewDocument, OfferingTerms
from vouchers.providers.states import LABELS, OfferingKind, Precision, Unit

_REGION = "重庆市渝中区"
_ANSWERS: dict[str, object] = {
    "provider_is_legal_person": True,
    "provider_can_meter": True,
    "provider_accepts_security": True,
}


def admitted_provider(world: World, part: Part) -> Story:
    """A provider registers, hands in its papers, is admitted, and lists what it offers."""
    yield from _applying_provider(world, part, (201, 200))
    officer, public_id = world.actors["ruku"], _provider(world, part).public_id
    yield (at := world.days.at(199, "10:00"))
    providers.take_up(public_id, seen_version=_provider(world, part).version, actor=officer, at=at)
    yield (at := world.days.at(197, "10:00"))
    decision = AdmissionDecision(
        "第一批",
        tuple(OfferingKind),
        beijing_date(at),
        "材料齐全，符合入库条件。",
        _provider(world, part).version,
    )
    providers.admit(public_id, decision, actor=officer, at=at)
    yield (at := world.days.at(196, "10:00"))
    for one in part["offerings"]:
        entry = providers.list_offering(
            world.organisations[part["key"]], _terms(one), actor=world.actors[part["sign_in"]], at=at
        )
        world.offerings[one["key"]] = entry.public_id


def provider_in_review(world: World, part: Part) -> Story:
    """A provider whose application for admission is being examined."""
    yield from _applying_provider(world, part, (12, 10))
    yield (at := world.days.at(5, "10:00"))
    provider = _provider(world, part)
    providers.take_up(provider.public_id, seen_version=provider.version, actor=world.actors["ruku"], at=at)


def enterprise(world: World, part: Part) -> Story:
    """An enterprise registers, declares its facts on its papers, and names an account."""
    key, sign_in = part["key"], part["sign_in"]
    yield (at := world.days.at(196, f"{9 + part['number'] % 8:02d}:30"))
    registration = enterprises.Registration(
        part["name"],
        cast.uscc(part["number"]),
        part["person"],
        f"1980000{part['number']:04d}",
        sign_in,
        cast.password(),
        address=f"{_REGION}示例路{part['number']}号",
        licence=_licence(part),
    )
    registered = enterprises.register(registration, actor=VISITOR, at=at)
    organisation_id = world.organisations[key] = registered.enterprise.organisation_id
    world.know(sign_in, beijing_date(at))
    if part["key"] == cast.the_cast()["handler"]["enterprise"]:
        _hire_handler(world, organisation_id, at=at)
    yield (at := world.days.at(195, f"{9 + part['number'] % 8:02d}:00"))
    owner = Owner(organisation_id=organisation_id)
    actor = world.actors[sign_in]
    report = keep(_report(part), owner=owner, archive_class=ArchiveClass.CASE, actor=actor, at=at)
    enterprises.declare(organisation_id, Declaration(_figures(part), report.id), actor=actor, at=at)
    enterprises.declare(organisation_id, Declaration(_facts(part)), actor=actor, at=at)
    account = NewBankAccount(
        part["name"], "示例银行重庆渝中支行", f"62000000000001{part['number']:04d}", beijing_date(at)
    )
    parties.add_bank_account(organisation_id, account, actor=actor, at=at)


def _applying_provider(world: World, part: Part, days: tuple[int, int]) -> Story:
    sign_in = part["sign_in"]
    yield (at := world.days.at(days[0], f"{9 + part['number'] % 8:02d}:40"))
    registration = providers.Registration(
        part["name"],
        cast.uscc(part["number"]),
        part["person"],
        part["phone"],
        sign_in,
        cast.password(),
        address=f"{_REGION}示例大道{part['number']}号",
        introduction=part["introduction"],
        licence=_licence(part),
    )
    registered = providers.register(registration, actor=VISITOR, at=at)
    organisation_id = world.organisations[part["key"]] = registered.provider.organisation_id
    world.know(sign_in, beijing_date(at))
    own = world.actors[sign_in]
    if "finance" in part:
        _hire_finance(world, part["finance"], organisation_id, at=at)
    if "account" in part:
        details = part["account"]
        account = NewBankAccount(
            part["name"], details["bank"], details["number"], beijing_date(at), bank_code=details["bank_code"]
        )
        parties.add_bank_account(organisation_id, account, actor=own, at=at)
    yield (at := world.days.at(days[1], "10:00"))
    for line in provider_queries.checklist(_provider(world, part), on=beijing_date(at)).papers:
        received = paper(line.paper.name, part["name"], line.paper.say)
        providers.keep_document(organisation_id, NewDocument(line.paper.id, received), actor=own, at=at)
    providers.declare(organisation_id, _ANSWERS, actor=own, at=at)
    providers.apply(organisation_id, seen_version=_provider(world, part).version, actor=own, at=at)


def _hire_handler(world: World, organisation_id: int, *, at: datetime) -> None:
    hired = cast.the_cast()["handler"]
    _hire(world, hired, Role.HANDLER, organisation_id=organisation_id, at=at)


def _hire_finance(world: World, hired: Part, organisation_id: int, *, at: datetime) -> None:
    _hire(world, hired, Role.PROVIDER_FINANCE, organisation_id=organisation_id, at=at)


def _hire(world: World, hired: Part, role: Role, *, organisation_id: int, at: datetime) -> None:
    """An account with the known password: what people do by a first password and a change of it."""
    seed = cast.totp_secret(hired["sign_in"]) if role is Role.PROVIDER_FINANCE else None
    new = NewUser(hired["sign_in"], PersonDetails(hired["name"], phone=hired["phone"]), cast.password(), seed)
    founder = next(one for one in world.actors.values() if one.organisation_id == organisation_id)
    user_id, _ = accounts.create_user(new, actor=founder, at=at)
    day = beijing_date(at)
    parties.grant_mandate(
        parties_queries.person_of_user(user_id),
        organisation_id,
        MandateKind.HANDLER,
        letter_id=None,
        valid_from=day,
        valid_until=None,
        actor=founder,
        at=at,
    )
    accounts.appoint(NewAppointment(user_id, role, day, organisation_id=organisation_id), actor=founder, at=at)
    world.know(hired["sign_in"], beijing_date(at))


def _provider(world: World, part: Part) -> Provider:
    return provider_queries.of_organisation(world.organisations[part["key"]])


def _terms(one: Part) -> OfferingTerms:
    unit = Unit(one.get("unit", Unit.CARD_HOUR))
    return OfferingTerms(
        kind=OfferingKind(one["kind"]),
        unit=unit,
        name=one["name"],
        price=one["price"],
        region=_REGION,
        card=one.get("card"),
        precision=Precision(one["precision"]) if "precision" in one else None,
        gflops_per_card=one.get("gflops"),
        green_share_bp=one.get("green"),
        description=f"演示条目。价格含税，按{LABELS[unit]}计费。",
    )


def _licence(part: Part) -> Received:
    number = cast.uscc(part["number"])
    return paper("营业执照", f"名称：{part['name']}", f"统一社会信用代码：{number}", f"法定代表人：{part['person']}")


def _report(part: Part) -> Received:
    lines = [f"{label}：{part[name]}" for name, label in (("headcount", "从业人员"), ("revenue", "营业收入（元）"))]
    return paper("上年度财务报表和参保证明", part["name"], *lines, f"资产总额（元）：{part['assets']}")


def _figures(part: Part) -> dict[str, object]:
    return {name: part[name] for name in ("headcount", "revenue", "assets")}


def _facts(part: Part) -> dict[str, object]:
    return {
        "legal_form": "enterprise",
        "operating_status": "operating",
        "founded_on": f"{2016 + part['number'] % 6}-0{1 + part['number'] % 9}-18",
        "registered_in": _REGION,
        "operates_in": _REGION,
        "taxed_in": _REGION,
        "insured_in": _REGION,
        "industry": part["industry"],
        "field": part["field"],
        "dishonesty": [],
        "penalties": [],
        "safety_accidents": [],
    }
