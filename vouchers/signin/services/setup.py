"""首次设置: the first account of an installation, by a code that stands on the console only."""

from dataclasses import dataclass
from datetime import datetime

from vouchers.accounts import queries as accounts
from vouchers.accounts.rules import password_findings
from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails, appoint, create_user, open_office
from vouchers.accounts.states import OfficeKind, Role
from vouchers.audit.services import Subject, record
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.signin import rules
from vouchers.signin.services.links import make_link, take
from vouchers.signin.states import LinkPurpose


@dataclass(frozen=True, slots=True)
class FirstAccount:
    """What is typed to set an installation up."""

    office: str
    name: str
    phone: str
    sign_in: str
    password: str
    needs_classes: bool


def make_setup_code(*, actor: Actor, at: datetime) -> str:
    """A code for the console; the one before is dead. NotFound as soon as anybody has an account."""
    if accounts.has_accounts():
        raise NotFound("the installation is set up")
    code = rules.new_code()
    make_link(LinkPurpose.SETUP, code, user_id=None, at=at)
    record("make_setup_code", Subject("installation", ""), actor=actor, at=at)
    return code


def set_up(code: str, first: FirstAccount, *, actor: Actor, at: datetime) -> int:
    """Use the code: the lead office and its system administrator, who lets everybody else in; returns whose account."""
    if take(rules.plain(code), LinkPurpose.SETUP, at=at) is None or accounts.has_accounts():
        raise RuleViolation([rules.CODE_WRONG])
    words = (first.sign_in, first.name, first.office)
    findings = password_findings(first.password, needs_classes=first.needs_classes, words=words)
    if findings:
        raise RuleViolation(findings)
    office_id = open_office(first.office, OfficeKind.LEAD, region="", parent_id=None, actor=actor, at=at)
    person = PersonDetails(first.name, phone=first.phone)
    user_id, _ = create_user(NewUser(first.sign_in, person, first.password), actor=actor, at=at)
    post = NewAppointment(user_id, Role.SYSTEM_ADMIN, beijing_date(at), office_id=office_id)
    appoint(post, actor=actor, at=at)
    return user_id
