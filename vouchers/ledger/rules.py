"""How accounts are named and which movements there are; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from vouchers.audit.rules import plain
from vouchers.kernel.canonical import digest
from vouchers.kernel.findings import Finding
from vouchers.kernel.money import format_yuan, split
from vouchers.ledger.states import JOINS, MAY_GO_BELOW_ZERO, AccountKind, DocumentKind, TransferKind
from vouchers.policy.pack.funding import Administration
from vouchers.policy.pack.values import UNIT_LABELS


@dataclass(frozen=True, slots=True)
class AccountKey:
    """What an account is: its natural key as values. Equal keys are one account."""

    kind: AccountKind
    scheme_id: int | None = None
    voucher_kind: str = ""
    layer: str = ""
    party: str = ""
    subject: str = ""
    period: str = ""
    unit: str = "CNY"

    @property
    def name(self) -> str:
        """The natural key as text.

        >>> AccountKey(AccountKind.VOUCHER, 1, "compute", "city", subject="v1").name
        'voucher:1:compute:city::v1::CNY'
        """
        scheme = "" if self.scheme_id is None else str(self.scheme_id)
        parts = (self.kind, scheme, self.voucher_kind, self.layer, self.party, self.subject, self.period, self.unit)
        return ":".join(parts)


def act_digest(transfers: Sequence[Sequence[object]]) -> str:
    """What the chain keeps of the transfers of one act: every column of each, the accounts by name, in order of id."""
    return digest([[plain(value) for value in transfer] for transfer in transfers])


@dataclass(frozen=True, slots=True)
class Pot:
    """Where the commitments of one scheme and voucher kind stand: the common part of its account keys."""

    scheme_id: int
    voucher_kind: str
    unit: str = "CNY"

    def grant(self, layer: str) -> AccountKey:
        """What the authority has approved; the source of the book."""
        return self._key(AccountKind.GRANT, layer)

    def envelope(self, layer: str) -> AccountKey:
        """What may still be promised."""
        return self._key(AccountKind.ENVELOPE, layer)

    def voucher(self, layer: str, *, voucher: str, party: str) -> AccountKey:
        """What is left on a voucher."""
        return self._key(AccountKind.VOUCHER, layer, party=party, subject=voucher)

    def held(self, layer: str, *, subject: str, party: str) -> AccountKey:
        """What an order or a claim holds of a voucher."""
        return self._key(AccountKind.HELD, layer, party=party, subject=subject)

    def payable(self, layer: str, *, payee: str) -> AccountKey:
        """What a payee is owed."""
        return self._key(AccountKind.PAYABLE, layer, party=payee)

    def paid(self, layer: str, *, payee: str) -> AccountKey:
        """What a payee has had."""
        return self._key(AccountKind.PAID, layer, party=payee)

    def _key(self, kind: AccountKind, layer: str, *, party: str = "", subject: str = "") -> AccountKey:
        return AccountKey(kind, self.scheme_id, self.voucher_kind, layer, party, subject, unit=self.unit)


def treasury(office: str, year: int) -> AccountKey:
    """The treasury of a paying body in a fiscal year; the source of the cash book."""
    return AccountKey(AccountKind.TREASURY, party=office, period=str(year))


def indicator(document: str, *, scheme_id: int, layer: str, office: str, year: int) -> AccountKey:
    """What a paying body may still pay under one document."""
    return AccountKey(AccountKind.INDICATOR, scheme_id, "", layer, office, document, str(year))


def spent(document: str, *, scheme_id: int, layer: str, office: str, year: int) -> AccountKey:
    """What a paying body has paid under one document."""
    return AccountKey(AccountKind.SPENT, scheme_id, "", layer, office, document, str(year))


MONEY, CLAIMS = "CNY", "claims"
LIFT, OVER = "lift", "lift:"
"""The period of what two persons opened for a case; before the period of a quota, what stands over its limit."""
COUNTED_ONCE = frozenset({"contracts", "years"})
COUNTS = COUNTED_ONCE | {CLAIMS}


@dataclass(frozen=True, slots=True)
class Cap:
    """A limit on one party in one period; an account, so that the database holds it.

    `limit` is fen, units of vouchers in kind, or a number of what `unit` counts: claims, contracts or years. A contract
    or year (`of`) counts once however often it is drawn for: it has accounts of its own that count its uses. In a
    moving period what is drawn stands by its day, and counts from the day `since` on; days as ISO. A contract stands
    by the latest day on which it was drawn for. `above` is what two
    persons allowed to draw over the limit for one case (`lifted_for`): that part has accounts of its own. A contract or
    year that was counted so stands over the limit (`beyond`) whichever case draws for it, until the last use has ended.
    """

    key: str
    scheme_id: int
    party: str
    period: str
    limit: int
    unit: str = MONEY
    of: str = ""
    day: str = ""
    since: str = ""
    above: int = 0
    lifted_for: str = ""

    @property
    def lift(self) -> "Cap":
        """The quota of what is drawn over the limit for one case; it ends with that case. What counts, counts one."""
        return Cap(self.key, self.scheme_id, self.lifted_for, LIFT, self.amount(self.above), self.unit)

    @property
    def beyond(self) -> AccountKey:
        """Where its contract or year stands once it was counted over the limit, by the lift of whichever case."""
        period = f"{OVER}{self.period}"
        return AccountKey(AccountKind.DRAWN, self.scheme_id, "", self.of, self.party, self.key, period, self.unit)

    @property
    def is_money(self) -> bool:
        """Whether it limits how much in money."""
        return self.unit == MONEY

    @property
    def counts(self) -> bool:
        """Whether it limits how often, and not how much."""
        return self.unit in COUNTS

    def amount(self, asked: int) -> int:
        """What a grant of so much, in its measure, takes of it: all of that, or one where it counts."""
        return 1 if self.counts else asked

    def account(self, kind: AccountKind) -> AccountKey:
        """Its allowance, quota or drawn account."""
        day = self.day if kind is AccountKind.DRAWN else ""
        return AccountKey(kind, self.scheme_id, "", day, self.party, self.key, self.period, self.unit)

    def uses(self, kind: AccountKind) -> AccountKey:
        """The account of what its contract or year was drawn for, in claims; in a moving period one for each day."""
        return replace(self.account(kind), layer=self.of, unit=CLAIMS, period=self.day or self.period)


@dataclass(frozen=True, slots=True)
class Move:
    """One transfer to be posted. `key` makes a repeat harmless: it stands once in the ledger for good."""

    kind: TransferKind
    debit: AccountKey
    credit: AccountKey
    amount: int
    key: str
    corrects_id: int | None = None

    def __post_init__(self) -> None:
        if (self.debit.kind, self.credit.kind) != JOINS[self.kind]:
            raise ValueError(f"{self.kind} does not lead from {self.debit.kind} to {self.credit.kind}")
        if self.debit.unit != self.credit.unit:
            raise ValueError("a transfer stays in one unit")
        if type(self.amount) is not int or self.amount <= 0:
            raise ValueError("a transfer moves a positive integer amount")


def split_by_layer(amount: int, weights: Mapping[str, int]) -> dict[str, int]:
    """An amount over funding layers by weights (shares, or what is left of each); empty layers are left out.

    >>> split_by_layer(101, {"city": 50, "district": 50})
    {'city': 51, 'district': 50}
    """
    layers = sorted(weights)
    parts = split(amount, [weights[layer] for layer in layers])
    return {layer: part for layer, part in zip(layers, parts, strict=True) if part}


def shortfalls(balances: Mapping[str, tuple[AccountKind, int]], moves: Sequence[Move]) -> list[Finding]:
    """Findings for accounts that the moves together would bring below zero."""
    after = {name: balance for name, (_, balance) in balances.items()}
    for move in moves:
        after[move.debit.name] -= move.amount
        after[move.credit.name] += move.amount
    units = {key.name: key.unit for move in moves for key in (move.debit, move.credit)}
    short = {
        name: balance for name, balance in after.items() if balance < 0 and balances[name][0] not in MAY_GO_BELOW_ZERO
    }
    return [
        _short_of(units[name], *balances[name], asked=balances[name][1] - balance) for name, balance in short.items()
    ]


@dataclass(frozen=True, slots=True)
class _Sentence:
    message: str
    way: str


_SHORTFALLS: dict[AccountKind, _Sentence] = {
    AccountKind.ENVELOPE: _Sentence("可发放规模不足：需要 {asked}，尚余 {left}。", "请等待追加规模，或减少本次发放。"),
    AccountKind.VOUCHER: _Sentence("券面余额不足：需要 {asked}，尚余 {left}。", "请把金额改到余额以内。"),
    AccountKind.HELD: _Sentence("占用余额不足：需要 {asked}，尚余 {left}。", "请把金额改到订单占用的余额以内。"),
    AccountKind.INDICATOR: _Sentence(
        "预算指标不足：需要 {asked}，尚余 {left}。", "请先登记并复核新的指标文，再办理支付。"
    ),
    AccountKind.QUOTA: _Sentence("超过额度上限：需要 {asked}，本期剩余 {left}。", "请把金额改到剩余额度以内。"),
}
_ANY_SHORTFALL = _Sentence("余额不足：需要 {asked}，尚余 {left}。", "请核对金额后重试。")


def _short_of(unit: str, kind: AccountKind, left: int, *, asked: int) -> Finding:
    if unit == MONEY:
        return _shortfall(kind, left, asked=asked)
    if unit in COUNTS:
        return _counted_out(left)
    word = UNIT_LABELS.get(unit, unit)
    params = {"asked": f"{asked:,}", "left": f"{left:,}", "unit": word}
    message, way = "超过额度上限：需要 {asked} {unit}，本期剩余 {left} {unit}。", "请把数量改到剩余额度以内。"
    return Finding("quota_short", message, params, way, field="quantity")


def _shortfall(kind: AccountKind, left: int, *, asked: int) -> Finding:
    sentence = _SHORTFALLS.get(kind, _ANY_SHORTFALL)
    params = {"asked": format_yuan(asked), "left": format_yuan(left)}
    return Finding(f"{kind}_short", sentence.message, params, sentence.way, field="amount")


def _counted_out(left: int) -> Finding:
    message, way = "次数已满：本期还可计入 {left} 次。", "请等到下一期，或核对本期已计入的次数。"
    return Finding("count_short", message, {"left": left}, way)


SAME_PERSON = Finding("same_person", "登记人与复核人不能是同一人。", way="请由另一位财务人员复核。")


def document_findings(kind: DocumentKind, amount: int, *, has_original: bool) -> list[Finding]:
    """Why a finance document cannot be recorded as it stands."""
    found = []
    if amount == 0:
        found.append(Finding("zero", "金额不能为零。", way="追加填正数，压减填负数。", field="amount"))
    if kind is DocumentKind.INDICATOR and amount < 0 and not has_original:
        way = "请选择被压减的那份指标文。"
        found.append(Finding("no_original", "压减指标须指明原指标文。", way=way, field="amends"))
    return found


ADMINISTRATION = "administration"


def set_aside_findings(rule: Administration | None, amount: int, *, fund: int, aside: int) -> list[Finding]:
    """Why money is not taken out of the fund for administering the scheme; amounts in fen.

    `fund` is what was approved before anything was set aside, `aside` what other documents have set aside.
    """
    if rule is None or rule.paid_from != "within-the-fund":
        message, way = "本方案没有写工作经费可以从资金中列支。", "工作经费请在资金之外安排。"
        return [Finding("set_aside", message, way=way, field="direction")]
    if rule.most is None:
        return []
    most = int(fund * rule.most)
    if aside - amount <= most:
        return []
    params = {"most": format_yuan(most), "aside": format_yuan(aside), "asked": format_yuan(-amount)}
    message = "工作经费最多 {most}，已留出 {aside}，再留出 {asked} 就超过了。"
    return [Finding("set_aside_most", message, params, "请减少金额。", field="amount")]
