"""收款账户: where an organisation is paid."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select

from vouchers.audit.services import record
from vouchers.db.base import db
from vouchers.db.columns import blind_index
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import normalise
from vouchers.parties import queries, rules
from vouchers.parties.models import BankAccount
from vouchers.parties.queries import subject_of
from vouchers.parties.rules import BANK, stored_channel

_TAIL = 4


@dataclass(frozen=True, slots=True)
class NewBankAccount:
    """An account to be paid to: 户名, 开户行, 联行号 and number, for a purpose and from a day on.

    Or a wallet of 数字人民币 (`channel` e-cny): its operator in place of the bank, its number, no 联行号.
    """

    account_name: str
    bank: str
    number: str
    valid_from: date
    bank_code: str = ""
    purpose: str = "补贴收款"
    valid_until: date | None = None
    channel: str = BANK


def add_bank_account(organisation_id: int, account: NewBankAccount, *, actor: Actor, at: datetime) -> BankAccount:
    """Add an account that payments may go to; its number is encrypted, only its tail is shown."""
    organisation = queries.lock(organisation_id)
    number = normalise(account.number)
    findings = rules.account_findings(number, account.bank_code)
    index = blind_index(number)
    same = (BankAccount.organisation_id == organisation_id, BankAccount.number_index == index)
    days = select(BankAccount.id).where(*same, BankAccount.valid_from == account.valid_from)
    if db.session.scalar(days) is not None:
        message = "这个账户从同一天起已经登记过。"
        findings.append(Finding("account-known", message, way="请核对已登记的账户。", field="number"))
    if findings:
        raise RuleViolation(findings)
    entry = BankAccount(
        organisation_id=organisation_id,
        purpose=account.purpose,
        account_name=account.account_name,
        bank=account.bank,
        bank_code=normalise(account.bank_code),
        number=number,
        number_index=index,
        number_tail=number[-_TAIL:],
        channel=stored_channel(account.channel),
        valid_from=account.valid_from,
        valid_until=account.valid_until,
        recorded_at=at,
    )
    db.session.add(entry)
    db.session.flush()
    details = {"account": entry.public_id, "tail": entry.number_tail, "purpose": entry.purpose}
    details |= {"channel": entry.channel} if entry.channel else {}
    record("parties.add_bank_account", subject_of(organisation), actor=actor, at=at, details=details)
    return entry


def end_bank_account(public_id: str, organisation_id: int, *, actor: Actor, at: datetime) -> BankAccount:
    """Use an account no more from today on; payments under way keep their copy of it."""
    entry = queries.own_bank_account(public_id, organisation_id)
    yesterday = beijing_date(at) - timedelta(days=1)
    entry.valid_until = yesterday
    entry.valid_from = min(entry.valid_from, yesterday)
    details = {"account": entry.public_id, "tail": entry.number_tail}
    organisation = queries.organisation(organisation_id)
    record("parties.end_bank_account", subject_of(organisation), actor=actor, at=at, details=details)
    return entry
