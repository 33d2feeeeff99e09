"""办事指南: the service guide in the structure that counters use, from the pack alone."""

from vouchers.policy.guide import parts
from vouchers.policy.guide.blocks import Guide, Text, section
from vouchers.policy.rules.compiled import CompiledPack


def service_guide(compiled: CompiledPack) -> Guide:
    """The guide for the counter."""
    pack, process = compiled.pack, compiled.pack.process
    facts = (
        ("事项名称", f"{pack.title}申领"),
        ("实施机构", pack.authority.name),
        ("事项编码", f"{pack.id}（第 {pack.version} 版）"),
        ("办理结果", "、".join(kind.name for kind in pack.kinds)),
    )
    return Guide(
        "办事指南",
        f"{pack.title}办事指南",
        parts.warning(pack),
        facts,
        (
            section("设定依据", parts.sources(pack)),
            section("服务对象", Text(pack.summary)),
            section("受理条件", parts.lines(pack, pack.applicants)),
            section("申请材料", parts.documents(compiled, "application", "enterprise")),
            section("受理时间", parts.times(pack)),
            section("办理方式和地点"),
            section("办理流程", parts.steps(pack), parts.lines(pack, [process.correction])),
            section("办理期限", parts.terms(pack)),
            section("审查内容", parts.examined(compiled)),
            section("收费"),
            section("办理结果", parts.lines(pack, (*pack.voucher, *pack.payee))),
            section("结果公示", parts.lines(pack, [process.notice] if process.notice else [])),
            section("服务商入库条件", parts.lines(pack, pack.admission.requirements)),
            section("核销材料", parts.documents(compiled, "redemption", "provider")),
            section("回避", parts.lines(pack, [process.recusal] if process.recusal else [])),
            section("咨询方式", parts.contacts(pack)),
            section("监督和投诉", parts.objections(pack)),
        ),
        parts.foot(compiled),
    )
