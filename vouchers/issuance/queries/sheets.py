"""What stands on a voucher, in the words of its own pack, and who can serve it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from vouchers.issuance.models import Voucher
from vouchers.issuance.queries.units import unit_of
from vouchers.kernel.money import format_yuan
from vouchers.policy import queries as policy
from vouchers.policy.pack.clauses import Rule
from vouchers.policy.pack.values import UNIT_LABELS
from vouchers.policy.pack.vouchers import VoucherRule
from vouchers.providers import queries as providers
from vouchers.providers.queries import CatalogueRow


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a rule comes from: the document, its article and its words; the rule's own sentence where it cites none."""

    source: str
    article: str
    quote: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed and shown of a voucher besides its money."""

    kind: str
    purpose: str
    tier: str
    usage: str
    clause: Clause
    pack: str
    outlives: bool
    face: int = 0  # of one sheet, where only whole ones are used
    in_kind: str = ""  # how many units, and what one may cost at most


def sheet(voucher: Voucher) -> Sheet:
    """What a voucher is, by the version of the rules it was issued under."""
    version = voucher.scheme_version
    pack = policy.pack(version)
    kind, rule = pack.kind(voucher.voucher_kind), pack.voucher_rule(voucher.voucher_kind)
    tiers = {tier.id: tier.name for tiers in pack.amount.tiers for tier in tiers.rows if kind.id in tiers.kinds}
    return Sheet(
        kind=kind.name,
        purpose=kind.say,
        tier=tiers.get(voucher.tier, voucher.tier),
        usage=_usage(rule),
        face=rule.face or 0,
        in_kind=_in_kind(voucher, rule),
        clause=_clause(voucher, kind),
        pack=f"{pack.id}，第 {version.number} 版",
        outlives=rule.hold_outlives_validity,
    )


def _in_kind(voucher: Voucher, rule: VoucherRule) -> str:
    """What a voucher in kind is for, in words."""
    if voucher.units is None or voucher.unit is None or rule.unit_price is None:
        return ""
    word = UNIT_LABELS[voucher.unit]
    return f"{voucher.units:,} {word}，每{word}最高 {format_yuan(rule.unit_price)}（含税）"


def _usage(rule: VoucherRule) -> str:
    """How a voucher may be used, in words."""
    if rule.form == "direct":
        return "直接补助，付给申领单位"
    words = ["可分次使用" if rule.partial_use else "一次用完，余下部分收回"]
    words += ["按整张使用"] if rule.face is not None else []
    words += ["按数量下单，券支付全部价款"] if rule.form == "in-kind" else []
    words += ["平台余额，在本平台下单时抵扣"] if rule.form == "wallet" else []
    words += [] if rule.reserved_by_order else ["不用先下订单，凭合同和发票核销"]
    return "；".join([*words, "不可转让"])


def kind_names(vouchers: Sequence[Voucher]) -> dict[str, str]:
    """The kinds of these vouchers in words, by public id."""
    return {one.public_id: policy.pack(one.scheme_version).kind(one.voucher_kind).name for one in vouchers}


def offers_for(voucher: Voucher, *, on: date, most: int | None = None) -> list[CatalogueRow]:
    """What can be ordered with a voucher on a day: of each kind of service the cheapest first, `most` of each.

    With a voucher in kind that is what is sold by its unit, and no dearer than was put aside for one.
    """
    pack, unit = policy.pack(voucher.scheme_version), unit_of(voucher)
    kinds, price = pack.kind(voucher.voucher_kind).spent_on, pack.measure(voucher.voucher_kind).price
    return [
        offer
        for kind in kinds
        for offer in [
            one
            for one in providers.listed_offerings(kind, on=on)
            if unit is None or (one.unit is unit and one.price <= price)
        ][:most]
    ]


def _clause(voucher: Voucher, rule: Rule) -> Clause:
    sources = policy.pack(voucher.scheme_version).sources
    if rule.cite is None:
        return Clause(voucher.scheme_version.scheme.title, "", rule.say)
    title = sources[rule.cite.source].title if rule.cite.source in sources else rule.cite.source
    return Clause(title, rule.cite.article, rule.cite.quotation or rule.say)
