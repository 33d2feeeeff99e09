"""How to fill the arguments of every address: for each family of addresses, whose thing it names and which there are.

A family is the beginning of a rule; the longest one that fits is used. An argument that no family knows fails the test.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import current_app
from sqlalchemy import Select, select
from werkzeug.routing import Rule

from tests.access.world import TODAY, Seat
from vouchers.accounts.models import Appointment, AppointmentProposal, SignInSession, User
from vouchers.accounts.states import ProposalState
from vouchers.applications.models import Application, ApplicationDocument
from vouchers.applications.states import ApplicationState
from vouchers.audit import heads
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.db.base import db
from vouchers.enterprises.models import Enterprise
from vouchers.files.models import StoredFile
from vouchers.issuance.models import Voucher
from vouchers.ledger.models import FinanceDocument
from vouchers.messages.models import Message
from vouchers.notices.models import NoticeEntry, Objection, PublicNotice
from vouchers.orders.models import Order, UsageStatement
from vouchers.parties.models import BankAccount, Mandate, Organisation
from vouchers.policy.models import Scheme, SchemeVersion, Simulation, Window
from vouchers.providers.models import Offering, Provider, ProviderDocument
from vouchers.redemption.models import Claim
from vouchers.redemption.states import ClaimState
from vouchers.review.models import SkippedStage
from vouchers.settlement.models import BankComparison, Batch, PaymentAttempt
from vouchers.signin.models import FactorReset

Arguments = dict[str, Any]
NOBODYS = "A" * 22
"""An address of the right shape that names nothing."""


class Whose(StrEnum):
    """To whom the thing behind an address belongs."""

    PERSON = "person"
    ORGANISATION = "organisation"
    SCHEME = "scheme"  # officers reach it when their appointment covers its scheme
    FILE = "file"  # an organisation's, and open to officers who read cases or finance
    EVERYBODY = "everybody"  # whoever may use the page may see every one of them


@dataclass(frozen=True)
class Family:
    """Addresses that begin alike."""

    whose: Whose
    found: Callable[[Seat], Iterable[Arguments]]
    """The things of this kind that belong to somebody (all of them where they belong to everybody)."""

    fixed: frozenset[str] = frozenset()
    """Arguments that name no thing: a page of it, a format."""


def family_of(rule: Rule) -> Family | None:
    """The family that knows every argument of this rule."""
    fitting = [prefix for prefix in FAMILIES if rule.rule.startswith(prefix)]
    return FAMILIES[max(fitting, key=len)] if fitting else None


def unknown(arguments: Arguments, fixed: frozenset[str]) -> Arguments:
    """The same address, naming nothing."""
    named = set(arguments) - fixed or set(arguments)
    return {k: v if k not in named else 987_654 if isinstance(v, int) else NOBODYS for k, v in arguments.items()}


def _named(statement: Callable[[Seat], Select[Any]], name: str = "public_id", **fixed: str) -> Callable[[Seat], Any]:
    return lambda seat: ({name: found, **fixed} for found in db.session.scalars(statement(seat)).all())


def _of_enterprise(model: Any) -> Callable[[Seat], Select[Any]]:
    return lambda seat: (
        select(model.public_id)
        .join(Enterprise, Enterprise.id == model.enterprise_id)
        .where(Enterprise.organisation_id == seat.organisation_id)
        .order_by(model.id)
    )


def _of_provider(model: Any) -> Callable[[Seat], Select[Any]]:
    return lambda seat: (
        select(model.public_id)
        .join(Provider, Provider.id == model.provider_id)
        .where(Provider.organisation_id == seat.organisation_id)
        .order_by(model.id)
    )


def _of_organisation(model: Any, column: str = "organisation_id") -> Callable[[Seat], Select[Any]]:
    return lambda seat: select(model.public_id).where(getattr(model, column) == seat.organisation_id).order_by(model.id)


def _files(seat: Seat) -> Select[Any]:
    """Files of one's own organisation; an office's own (registers) are nobody's in this sense."""
    owned = StoredFile.owner_organisation_id.is_not(None)
    return _of_organisation(StoredFile, "owner_organisation_id")(seat).where(owned)


def _all(model: Any, *conditions: Any) -> Callable[[Seat], Select[Any]]:
    return lambda _: select(model.public_id).where(*conditions).order_by(model.id)


def _claims_on_own(seat: Seat) -> Iterable[Arguments]:
    statement = (
        select(Claim.public_id)
        .join(Voucher, Voucher.id == Claim.voucher_id)
        .join(Enterprise, Enterprise.id == Voucher.enterprise_id)
        .where(Enterprise.organisation_id == seat.organisation_id, Claim.state != ClaimState.DRAFT)
        .order_by(Claim.id)
    )
    return [{"public_id": public_id} for public_id in db.session.scalars(statement)]


def _papers(seat: Seat) -> Iterable[Arguments]:
    statement = (
        select(Application.public_id, ApplicationDocument.requirement)
        .join(ApplicationDocument, ApplicationDocument.application_id == Application.id)
        .join(Enterprise, Enterprise.id == Application.enterprise_id)
        .where(Enterprise.organisation_id == seat.organisation_id)
        .order_by(Application.id, ApplicationDocument.id)
    )
    return [{"public_id": public_id, "requirement": key} for public_id, key in db.session.execute(statement)]


def _usage(seat: Seat) -> Iterable[Arguments]:
    statement = (
        select(Order.public_id, UsageStatement.public_id)
        .join(UsageStatement, UsageStatement.order_id == Order.id)
        .join(Enterprise, Enterprise.id == Order.enterprise_id)
        .where(Enterprise.organisation_id == seat.organisation_id)
        .order_by(UsageStatement.id)
    )
    return [{"public_id": order, "usage_id": usage} for order, usage in db.session.execute(statement)]


def _sessions(seat: Seat) -> Iterable[Arguments]:
    own = select(SignInSession.id).where(SignInSession.user_id == seat.user_id).order_by(SignInSession.id.desc())
    return [{"session_id": one} for one in db.session.scalars(own)]


def _messages(seat: Seat) -> Iterable[Arguments]:
    own = Message.organisation_id == seat.organisation_id
    if seat.organisation_id is None:
        own = (Message.office_id == seat.office_id) & Message.role.in_(["", seat.role.value])
    return [{"public_id": one} for one in db.session.scalars(select(Message.public_id).where(own).order_by(Message.id))]


def _appointments(_: Seat) -> Iterable[Arguments]:
    statement = select(User.public_id, Appointment.id).join(Appointment, Appointment.user_id == User.id)
    return [
        {"public_id": one, "appointment_id": post}
        for one, post in db.session.execute(statement.where(User.sign_in == "jiandu"))
    ]


def _mandates(_: Seat) -> Iterable[Arguments]:
    statement = select(Organisation.public_id, Mandate.public_id).join(
        Mandate, Mandate.organisation_id == Organisation.id
    )
    return [{"public_id": one, "mandate_id": mandate} for one, mandate in db.session.execute(statement)]


def _lines(_: Seat) -> Iterable[Arguments]:
    statement = select(Batch.public_id, PaymentAttempt.public_id).join(
        PaymentAttempt, PaymentAttempt.batch_id == Batch.id
    )
    return [{"public_id": one, "attempt": line} for one, line in db.session.execute(statement)]


def _offers(seat: Seat) -> Select[Any]:
    own = select(Organisation.uscc).where(Organisation.id == seat.organisation_id).scalar_subquery()
    return select(Candidate.public_id).where(Candidate.uscc == own).order_by(Candidate.id)


def _paper_keys(seat: Seat) -> Iterable[Arguments]:
    keys = select(ProviderDocument.requirement).join(Provider).where(Provider.organisation_id == seat.organisation_id)
    return [{"key": key} for key in db.session.scalars(keys.order_by(ProviderDocument.id))]


def _heads(_: Seat) -> Iterable[Arguments]:
    return [{"seq": head.seq} for head in heads.kept(current_app.config["SETTINGS"])]


def _resets(_: Seat) -> Iterable[Arguments]:
    statement = select(User.public_id, FactorReset.public_id).join(FactorReset, FactorReset.user_id == User.id)
    return [{"public_id": user, "reset_id": reset} for user, reset in db.session.execute(statement)]


def _fixed(**arguments: str) -> Callable[[Seat], Iterable[Arguments]]:
    return lambda _: [dict(arguments)]


_SEEN = (ApplicationState.DRAFT, ApplicationState.TO_CONFIRM)
_CASES = _named(_all(Application, Application.submitted_at.is_not(None), Application.state.not_in(_SEEN)))
_CLAIMS = _named(_all(Claim, Claim.state != ClaimState.DRAFT))
_PAYEES = _all(Organisation, Organisation.id.in_(select(Provider.organisation_id)))
_MONTH = f"{TODAY:%Y-%m}"

_OWN_CASES = _of_enterprise(Application)
FAMILIES: Mapping[str, Family] = {
    "/account/sessions/<": Family(Whose.PERSON, _sessions),
    "/audit-heads/<": Family(Whose.EVERYBODY, _heads),
    "/catalogue/<": Family(Whose.EVERYBODY, _named(_all(Offering))),
    "/display/<": Family(Whose.EVERYBODY, _fixed(choice="large"), frozenset({"choice"})),
    "/enterprise/applications/<": Family(Whose.ORGANISATION, _named(_OWN_CASES)),
    "/enterprise/applications/<public_id>/documents/<": Family(Whose.ORGANISATION, _papers, frozenset({"requirement"})),
    "/enterprise/applications/<public_id>/sections/<": Family(
        Whose.ORGANISATION, _named(_OWN_CASES, section="organisation"), frozenset({"section"})
    ),
    "/enterprise/applications/<public_id>/spending/<": Family(
        Whose.ORGANISATION, _named(_of_enterprise(Application), row=NOBODYS), frozenset({"row"})
    ),
    "/enterprise/claims/<": Family(Whose.ORGANISATION, _claims_on_own),
    "/enterprise/claims/new/<": Family(Whose.ORGANISATION, _named(_of_enterprise(Order), "order_id")),
    "/enterprise/offers/<": Family(Whose.ORGANISATION, _named(_offers)),
    "/enterprise/orders/<": Family(Whose.ORGANISATION, _named(_of_enterprise(Order))),
    "/enterprise/orders/<public_id>/usage/<": Family(Whose.ORGANISATION, _usage),
    "/enterprise/profile/accounts/<": Family(Whose.ORGANISATION, _named(_of_organisation(BankAccount))),
    "/enterprise/profile/facts/<": Family(Whose.EVERYBODY, _fixed(key="business"), frozenset({"key"})),
    "/enterprise/profile/people/<": Family(Whose.ORGANISATION, _named(_of_organisation(Mandate))),
    "/enterprise/vouchers/<": Family(Whose.ORGANISATION, _named(_of_enterprise(Voucher))),
    "/enterprise/windows/<": Family(Whose.EVERYBODY, _named(_all(Window))),
    "/files/<": Family(Whose.FILE, _named(_files)),
    "/language/<": Family(Whose.EVERYBODY, _fixed(code="en"), frozenset({"code"})),
    "/messages/<": Family(Whose.ORGANISATION, _messages),
    "/notices/<": Family(Whose.EVERYBODY, _named(_all(PublicNotice))),
    "/notices/entries/<": Family(Whose.EVERYBODY, _named(_all(NoticeEntry))),
    "/office/after-restore/<": Family(Whose.EVERYBODY, _named(_all(BankComparison))),
    "/office/batches/<": Family(Whose.SCHEME, _named(_all(Batch))),
    "/office/batches/<public_id>/lines/<": Family(Whose.SCHEME, _lines),
    "/office/batches/statements/<": Family(Whose.SCHEME, _named(_PAYEES, "payee", month=_MONTH), frozenset({"month"})),
    "/office/batches/statements/<payee>/<month>.<": Family(
        Whose.SCHEME, _named(_PAYEES, "payee", month=_MONTH, kind="csv"), frozenset({"month", "kind"})
    ),
    "/office/candidates/<": Family(Whose.SCHEME, _named(_all(CandidateList))),
    "/office/candidates/of/<": Family(Whose.SCHEME, _named(_all(Candidate))),
    "/office/cases/<": Family(Whose.SCHEME, _CASES),
    "/office/claims/<": Family(Whose.SCHEME, _CLAIMS),
    "/office/enterprises/<": Family(Whose.EVERYBODY, _named(_all(Enterprise))),
    "/office/enterprises/<public_id>/<action>": Family(
        Whose.EVERYBODY, _named(_all(Enterprise), action="bar"), frozenset({"action"})
    ),
    "/office/finance/documents/<": Family(Whose.SCHEME, _named(_all(FinanceDocument))),
    "/office/notices/<": Family(Whose.SCHEME, _named(_all(PublicNotice))),
    "/office/objections/<": Family(Whose.SCHEME, _named(_all(Objection))),
    "/office/orders/<": Family(Whose.SCHEME, _named(_all(Order))),
    "/office/organisations/<": Family(Whose.EVERYBODY, _named(_all(Organisation))),
    "/office/organisations/<public_id>/people/<": Family(Whose.EVERYBODY, _mandates),
    "/office/oversight/<": Family(Whose.SCHEME, _CASES),
    "/office/people/<": Family(Whose.EVERYBODY, _named(_all(User, User.sign_in == "jiandu"))),
    "/office/people/<public_id>/appointments/<": Family(Whose.EVERYBODY, _appointments),
    "/office/people/proposals/<": Family(
        Whose.EVERYBODY, _named(_all(AppointmentProposal, AppointmentProposal.state == ProposalState.WAITING))
    ),
    "/office/people/<public_id>/sign-in/resets/<": Family(Whose.EVERYBODY, _resets),
    "/office/providers/<": Family(Whose.EVERYBODY, _named(_all(Provider))),
    "/office/providers/<public_id>/decide/<": Family(
        Whose.EVERYBODY, _named(_all(Provider), action="suspend"), frozenset({"action"})
    ),
    "/office/rankings/<": Family(Whose.SCHEME, _named(_all(Window))),
    "/office/scoring/<": Family(
        Whose.SCHEME, _named(_all(Application, Application.state == ApplicationState.IN_STAGE))
    ),
    "/office/scoring/<public_id>/documents/<": Family(
        Whose.SCHEME,
        _named(_all(Application, Application.state == ApplicationState.IN_STAGE), requirement="licence"),
        frozenset({"requirement"}),
    ),
    "/office/schemes/simulations/<": Family(
        Whose.SCHEME, _named(_all(Simulation), "simulation", plot="tier"), frozenset({"plot"})
    ),
    "/office/schemes/versions/<": Family(Whose.SCHEME, _named(_all(SchemeVersion))),
    "/office/schemes/versions/<public_id>/lists/<": Family(
        Whose.SCHEME, _named(_all(SchemeVersion), section="applicants"), frozenset({"section"})
    ),
    "/office/schemes/versions/<public_id>/rules/<": Family(
        Whose.SCHEME, _named(_all(SchemeVersion), rule="acceptance"), frozenset({"rule"})
    ),
    "/office/schemes/windows/<": Family(Whose.SCHEME, _named(_all(Window))),
    "/office/skipped/<": Family(Whose.SCHEME, _named(_all(SkippedStage))),
    "/office/subsidies/<": Family(Whose.SCHEME, _named(_all(Claim, Claim.order_id.is_(None)))),
    "/office/subsidies/export.<": Family(Whose.EVERYBODY, _fixed(kind="csv"), frozenset({"kind"})),
    "/office/vouchers/<": Family(Whose.SCHEME, _named(_all(Voucher))),
    "/office/vouchers/export.<": Family(Whose.EVERYBODY, _fixed(kind="csv"), frozenset({"kind"})),
    "/provider/claims/<": Family(Whose.ORGANISATION, _named(_of_provider(Claim))),
    "/provider/claims/new/<": Family(Whose.ORGANISATION, _named(_of_provider(Order), "order_id")),
    "/provider/offerings/<": Family(Whose.ORGANISATION, _named(_of_provider(Offering))),
    "/provider/offerings/<public_id>/<action>": Family(
        Whose.ORGANISATION, _named(_of_provider(Offering), action="withdraw"), frozenset({"action"})
    ),
    "/provider/orders/<": Family(Whose.ORGANISATION, _named(_of_provider(Order))),
    "/provider/profile/accounts/<": Family(Whose.ORGANISATION, _named(_of_organisation(BankAccount))),
    "/provider/profile/people/<": Family(Whose.ORGANISATION, _named(_of_organisation(Mandate))),
    "/provider/profile/papers/<": Family(Whose.EVERYBODY, _paper_keys),
    "/provider/statements/<": Family(Whose.EVERYBODY, _fixed(month=_MONTH), frozenset({"month"})),
    "/provider/statements/<month>.<": Family(
        Whose.EVERYBODY, _fixed(month=_MONTH, kind="csv"), frozenset({"month", "kind"})
    ),
    "/providers/<": Family(Whose.EVERYBODY, _named(_all(Provider))),
    "/rankings/<": Family(Whose.EVERYBODY, _named(_all(Window))),
    "/reset-password/<": Family(Whose.EVERYBODY, _fixed(token=NOBODYS), frozenset({"token"})),
    "/schemes/<": Family(Whose.EVERYBODY, _named(_all(Scheme))),
    "/static/<": Family(Whose.EVERYBODY, _fixed(filename="favicon.svg"), frozenset({"filename"})),
    "/verify/<": Family(Whose.EVERYBODY, _fixed(token=NOBODYS), frozenset({"token"})),
}
