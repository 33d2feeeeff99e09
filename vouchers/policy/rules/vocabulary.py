"""The vocabulary: every fact a rule may look at, its type, who supplies it and what proves it."""

from collections.abc import Mapping

from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.rules.facts import FactKind, FactType, Supplier

_SIZE = {"large": "大型", "medium": "中型", "small": "小型", "micro": "微型"}
_FORM = {
    "enterprise": "企业",
    "university": "高等学校",
    "institute": "科研单位",
    "hospital": "医疗卫生机构",
    "association": "社会组织",
    "sole-trader": "个体工商户",
}
_STATUS = {"operating": "存续（在营）", "suspended": "歇业或停业", "cancelled": "注销", "revoked": "吊销"}
_COMPUTE = {"general": "通用", "intelligent": "智能", "super": "超级", "edge": "边缘", "quantum": "量子"}
_SERVICE = {
    "compute": "算力服务",
    "model": "模型服务",
    "training": "模型训练",
    "token": "词元调用",
    "corpus": "语料",
    "annotation": "数据标注",
}
_MEASURES = {
    "planned": ("预计服务费用", Supplier.ENTERPRISE, "服务需求说明"),
    "contract": ("合同金额", Supplier.ENTERPRISE, "服务合同"),
    "approved": ("核定金额", Supplier.REVIEWER, ""),
    "incurred": ("实际发生金额", Supplier.ORDER, "用量清单"),
    "paid": ("实际支付金额", Supplier.ENTERPRISE, "付款凭证"),
    "metered": ("计量金额", Supplier.ORDER, "用量清单"),
    "invoiced": ("发票金额", Supplier.PROVIDER, "数电票"),
}

E, P, R, O, L, V = (  # noqa: E741  one letter each keeps the table readable
    Supplier.ENTERPRISE,
    Supplier.PROVIDER,
    Supplier.REGISTER,
    Supplier.ORDER,
    Supplier.LEDGER,
    Supplier.REVIEWER,
)
K = FactKind

_APPLICANT = (
    FactType("legal_form", K.CHOICE, "主体类型", R, "营业执照或法人证书", options=_FORM),
    FactType("size_class", K.CHOICE, "企业规模（划型）", E, "从业人员、营业收入、资产总额的年度报表", options=_SIZE),
    FactType("headcount", K.COUNT, "从业人员", E, "社会保险参保证明", "人"),
    FactType("revenue", K.MONEY, "上年度营业收入", E, "年度财务报表"),
    FactType("assets", K.MONEY, "资产总额", E, "年度财务报表"),
    FactType("founded_on", K.DATE, "成立日期", R, "营业执照"),
    FactType("operating_status", K.CHOICE, "登记状态", R, "企业信用信息公示报告", options=_STATUS),
    FactType("registered_in", K.AREA, "登记地", R, "营业执照"),
    FactType("operates_in", K.AREA, "实际经营地", E, "房屋租赁合同或产权证明"),
    FactType("taxed_in", K.AREA, "纳税地", R, "完税证明"),
    FactType("insured_in", K.AREA, "社会保险参保地", R, "社会保险参保证明"),
    FactType("industry", K.TEXT, "行业代码（GB/T 4754-2017）", R, "营业执照"),
    FactType("field", K.TEXT, "应用领域", E, "应用场景说明"),
    FactType("honours", K.WORDS, "称号和资质", E, "认定文件"),
    FactType("is_incubated", K.FLAG, "是否孵化器在孵企业", E, "在孵证明"),
    FactType("is_vouched_for", K.FLAG, "是否有孵化载体担保推荐", E, "推荐函"),
    FactType("dishonesty", K.DATES, "失信记录的日期", R, "信用报告"),
    FactType("penalties", K.DATES, "行政处罚的日期", R, "信用报告"),
    FactType("safety_accidents", K.DATES, "安全生产事故的日期", R, "信用报告"),
    FactType("is_admitted_provider", K.FLAG, "是否为在库算力服务商", R),
)

_SPENDING = (
    FactType("service_kind", K.CHOICE, "服务类别", O, "服务合同", options=_SERVICE),
    FactType("compute_kind", K.CHOICE, "算力类型", O, "服务合同", options=_COMPUTE),
    FactType("purpose", K.TEXT, "用途", E, "应用场景说明"),
    FactType("line_items", K.WORDS, "费用明细类别", P, "数电票"),
    FactType("provider_is_admitted", K.FLAG, "服务商是否在库", R),
    FactType("provider_is_related", K.FLAG, "服务商是否为关联方", E, "非关联声明"),
    FactType("green_share", K.SHARE, "所用算力的绿色电力占比", P, "绿证或绿电交易凭证"),
    FactType("contract_signed_on", K.DATE, "合同签订日期", E, "服务合同"),
    FactType("service_from", K.DATE, "服务开始日期", O, "用量清单"),
    FactType("service_until", K.DATE, "服务结束日期", O, "用量清单"),
    FactType("is_delivered", K.FLAG, "用户是否确认交付", E, "交付确认单"),
    FactType("effect_is_shown", K.FLAG, "应用成效是否得到认可", V),
    FactType("need_is_real", K.FLAG, "需求是否真实合理", V),
    FactType("tier", K.TEXT, "券的层级", L),
    FactType("coupons", K.MONEY, "优惠券抵减", P, "服务合同"),
    FactType("gifts", K.MONEY, "赠送时长折价", P, "服务合同"),
    FactType("refunds", K.MONEY, "已退款", P, "退款凭证"),
    FactType("other_support_contract", K.MONEY, "同一合同已获其他财政支持", E, "不重复申领声明"),
    FactType("other_support_project", K.MONEY, "同一项目已获其他财政支持", E, "不重复申领声明"),
    FactType("other_support_applicant", K.MONEY, "本单位已获其他财政支持", E, "不重复申领声明"),
)

_PROVIDER = (
    FactType("provider_is_legal_person", K.FLAG, "服务商是否为独立法人", R, "营业执照"),
    FactType("provider_has_licence", K.FLAG, "是否有相应电信业务许可", P, "增值电信业务经营许可证"),
    FactType("provider_can_meter", K.FLAG, "是否能提供计量日志", P, "计量能力说明"),
    FactType("provider_is_connected", K.FLAG, "是否接入算力调度平台", P, "接入证明"),
    FactType("provider_accepts_security", K.FLAG, "是否承诺履行网络和数据安全义务", P, "安全承诺书"),
    FactType("provider_capacity", K.COUNT, "可用算力规模", P, "算力资源清单", "PFLOPS"),
    FactType("provider_green_share", K.SHARE, "服务商绿色电力占比", P, "绿证或绿电交易凭证"),
)

_MONEY = tuple(
    FactType(f"{of}_{tax}", K.MONEY, f"{label}（{word}）", supplier, document)
    for of, (label, supplier, document) in _MEASURES.items()
    for tax, word in (("net", "不含税"), ("gross", "含税"))
)

VOCABULARY: Mapping[str, FactType] = {fact.name: fact for fact in (*_APPLICANT, *_SPENDING, *_PROVIDER, *_MONEY)}


def vocabulary_of(pack: PolicyPack) -> Mapping[str, FactType]:
    """The vocabulary with the facts that this pack adds: what was granted before under each cap."""
    granted = (
        FactType(cap.granted_fact, K.MONEY, f"“{cap.say}”已用额度", L) for cap in pack.amount.caps if cap.granted_fact
    )
    return {**VOCABULARY, **{fact.name: fact for fact in granted}}
