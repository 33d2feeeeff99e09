"""申报指南: for applicants; what, who, how much, with which papers, when, and what happens then."""

from vouchers.policy.guide import parts
from vouchers.policy.guide.blocks import Guide, Section, Text, section
from vouchers.policy.rules.compiled import CompiledPack


def applying_guide(compiled: CompiledPack) -> Guide:
    """The guide for those who apply."""
    pack = compiled.pack
    first, last = pack.effective.first.isoformat(), pack.effective.last.isoformat()
    facts = (
        ("主管部门", pack.authority.name),
        ("适用地区", pack.authority.region),
        ("有效期", f"{first} 至 {last}"),
        ("券种", "、".join(kind.name for kind in pack.kinds)),
    )
    return Guide(
        "申报指南",
        f"{pack.title}申报指南",
        parts.warning(pack),
        facts,
        (*_what(compiled), *_how(compiled)),
        parts.foot(compiled),
    )


def _what(compiled: CompiledPack) -> tuple[Section, ...]:
    """What is supported, whom, and how much."""
    pack, amount = compiled.pack, compiled.pack.amount
    limits = (*amount.ceilings, *amount.stacking, *amount.caps, *amount.floors, amount.rounding)
    return (
        section("支持什么", Text(pack.summary), parts.lines(pack, (*pack.kinds, *pack.voucher, *pack.payee))),
        section("谁可以申领", parts.lines(pack, pack.applicants)),
        section(
            "可以得到多少",
            parts.lines(pack, (*amount.tiers, *amount.bases, *amount.rates, *amount.bonuses, *limits)),
        ),
        section("算例", *parts.examples(compiled)),
        section("钱不够时给谁", parts.lines(pack, pack.allocation)),
        section("哪些支出可以用券", parts.lines(pack, (*pack.spending, *pack.line_items))),
        section("重点领域和名单", parts.named_lists(pack)),
    )


def _how(compiled: CompiledPack) -> tuple[Section, ...]:
    """How to apply, what happens to the application, and afterwards."""
    pack, process = compiled.pack, compiled.pack.process
    notice = [process.notice] if process.notice else []
    return (
        section("申报材料", parts.documents(compiled, "application", "enterprise")),
        section("什么时候申报", parts.times(pack)),
        section("怎样申报", parts.lines(pack, (process.acceptance, process.correction))),
        section("办理步骤和期限", parts.steps(pack)),
        section("审查什么", parts.examined(compiled)),
        section("公示和异议", parts.lines(pack, notice), parts.objections(pack)),
        section(
            "用券、核销和兑付",
            parts.lines(pack, (*pack.redemption, pack.settlement)),
            parts.documents(compiled, "redemption", "provider"),
            parts.documents(compiled, "redemption", "enterprise"),
        ),
        section("什么情况追回", parts.lines(pack, pack.recovery)),
        section("咨询", parts.contacts(pack)),
        section("依据的文件", parts.sources(pack)),
    )
