"""The vocabulary: every fact a rule may look at, its type, who supplies it and what proves it."""

from collections.abc import Container, Iterator, Mapping

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
    "public-institution": "事业单位",
    "intermediary": "中介服务机构",
    "team": "未登记的团队（创客）",
    "individual": "个人",
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
    "data-product": "数据产品",
}
_ORIGIN = {"domestic": "国产芯片", "foreign": "境外芯片", "mixed": "国产和境外芯片都有"}
_PRECISION = {
    "fp64": "FP64",
    "fp32": "FP32",
    "tf32": "TF32",
    "bf16": "BF16",
    "fp16": "FP16",
    "fp8": "FP8",
    "int8": "INT8",
}
_ACQUIRED = {"rent": "租用", "buy": "购买", "private": "私有化部署", "self-built": "自建自用"}
_USE = {"training": "模型训练", "inference": "模型推理", "research": "科研试验", "application": "行业应用"}
_ROLE = {"buyer": "购买方", "seller": "提供方"}
_MEASURES = {
    "planned": ("预计服务费用", Supplier.ENTERPRISE, "服务需求说明"),
    "contract": ("合同金额", Supplier.ENTERPRISE, "服务合同"),
    "approved": ("核定金额", Supplier.REVIEWER, ""),
    "incurred": ("实际发生金额", Supplier.ORDER, "用量清单"),
    "paid": ("实际支付金额", Supplier.ENTERPRISE, "付款凭证"),
    "metered": ("计量金额", Supplier.ORDER, "用量清单"),
    "invoiced": ("发票金额", Supplier.PROVIDER, "数电票"),
    "yearly": ("本年度累计服务费用", Supplier.ENTERPRISE, "服务合同和付款凭证"),
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
    FactType("is_legal_person", K.FLAG, "是否为独立法人", R, "营业执照或法人证书"),
    FactType("is_one_person_company", K.FLAG, "是否为一人公司（OPC）", R, "营业执照"),
    FactType("is_start_up", K.FLAG, "是否为初创企业", R, "营业执照"),
    FactType("zones", K.WORDS, "所在园区或功能区", R, "入驻证明"),
    FactType("incubator_level", K.TEXT, "所在孵化器的级别", E, "在孵证明"),
    FactType("is_vouched_for_by", K.TEXT, "出具推荐函的单位", E, "推荐函"),
    FactType("joint_punishments", K.DATES, "联合惩戒记录的日期", R, "信用报告"),
    FactType("serious_accidents", K.DATES, "重大安全事故的日期", R, "信用报告"),
    FactType("is_seriously_dishonest", K.FLAG, "是否在严重失信主体名单", R, "信用报告"),
    FactType("finance_is_sound", K.FLAG, "财务状况是否良好", V),
    FactType("main_business_is_compute", K.FLAG, "主营业务是否为算力服务", R, "营业执照"),
    FactType("rd_spending", K.MONEY, "上年度研发费用", E, "研发费用辅助账"),
    FactType("rd_staff", K.COUNT, "研发人员", E, "研发费用辅助账", "人"),
    FactType("years_supported", K.COUNT, "已获支持的年数", L, unit="年"),
    FactType("is_renamed", K.FLAG, "申领后是否更名", L),
    FactType("role", K.CHOICE, "申领方", E, options=_ROLE),
)

_SPENDING = (
    FactType("service_kind", K.CHOICE, "服务类别", O, "服务合同", options=_SERVICE),
    FactType("compute_kind", K.CHOICE, "算力类型", O, "服务合同", options=_COMPUTE),
    FactType("acquired_by", K.CHOICE, "取得方式", O, "服务合同", options=_ACQUIRED),
    FactType("chip_origin", K.CHOICE, "芯片来源", P, "服务商关于芯片型号的说明", options=_ORIGIN),
    FactType("precision", K.CHOICE, "计算精度", P, "服务商关于芯片型号的说明", options=_PRECISION),
    FactType("use", K.CHOICE, "使用方式", E, "应用场景说明", options=_USE),
    FactType("purpose", K.TEXT, "用途", E, "应用场景说明"),
    FactType("model_is_filed", K.FLAG, "模型是否已备案", E, "模型备案信息"),
    FactType("is_remote", K.FLAG, "是否使用异地算力", P, "服务合同"),
    FactType("line_items", K.WORDS, "费用明细类别", P, "数电票"),
    FactType("provider_is_admitted", K.FLAG, "服务商是否在库", R),
    FactType("provider_batch", K.TEXT, "服务商入库批次", R),
    FactType("service_item_is_admitted", K.FLAG, "服务项目是否在入库范围", R),
    FactType("provider_in", K.AREA, "服务商所在地", R, "营业执照"),
    FactType("compute_in", K.AREA, "算力设施所在地", P, "算力资源清单"),
    FactType("provider_class", K.TEXT, "服务商类别", R),
    FactType("provider_racks", K.COUNT, "服务商标准机架", P, "算力资源清单", "架"),
    FactType("provider_ties", K.WORDS, "与服务商的股权和控制关系（穿透）", E, "股权穿透说明"),
    FactType("tie_is_harmless", K.FLAG, "关联关系是否不影响公允", V),
    FactType("is_on_catalogue", K.FLAG, "产品是否在目录内", O),
    FactType("is_on_platform", K.FLAG, "是否在平台下单", O, "平台订单"),
    FactType("is_through_exchange", K.FLAG, "是否经数据交易机构成交", O, "交易凭证"),
    FactType("provider_is_related", K.FLAG, "服务商是否为关联方", E, "非关联声明"),
    FactType("green_share", K.SHARE, "所用算力的绿色电力占比", P, "绿证或绿电交易凭证"),
    FactType("contract_number", K.TEXT, "合同编号", E, "服务合同"),
    FactType("contract_seller", K.TEXT, "合同相对方统一社会信用代码", E, "服务合同"),
    FactType("contract_signed_on", K.DATE, "合同签订日期", E, "服务合同"),
    FactType("contract_from", K.DATE, "合同服务期起", E, "服务合同"),
    FactType("contract_until", K.DATE, "合同服务期止", E, "服务合同"),
    FactType("period_from", K.DATE, "补贴年度起", L),
    FactType("period_until", K.DATE, "补贴年度止", L),
    FactType("invoiced_on", K.DATE, "开票日期", P, "数电票"),
    FactType("paid_on", K.DATE, "付款日期", E, "付款凭证"),
    FactType("service_from", K.DATE, "服务开始日期", O, "用量清单"),
    FactType("service_until", K.DATE, "服务结束日期", O, "用量清单"),
    FactType("is_delivered", K.FLAG, "用户是否确认交付", E, "交付确认单"),
    FactType("effect_is_shown", K.FLAG, "应用成效是否得到认可", V),
    FactType("need_is_real", K.FLAG, "需求是否真实合理", V),
    FactType("tier", K.TEXT, "券的层级", L),
    FactType("coupons", K.MONEY, "优惠券抵减", P, "服务合同"),
    FactType("gifts", K.MONEY, "赠送时长折价", P, "服务合同"),
    FactType("refunds", K.MONEY, "已退款", P, "退款凭证"),
    FactType("excluded_gross", K.MONEY, "不计入的费用（含税）", E, "服务合同的费用明细"),
    FactType("excluded_net", K.MONEY, "不计入的费用（不含税）", E, "服务合同的费用明细"),
    FactType("used_card_hours", K.COUNT, "已用卡时", O, "用量清单", "卡时"),
    FactType("used_pflops_hours", K.COUNT, "已用 PFLOPS 小时", O, "用量清单", "PFLOPS小时"),
    FactType("used_tokens", K.COUNT, "已用词元", O, "用量清单", "词元"),
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

_SPENT = tuple(
    FactType(f"spent_{service.replace('-', '_')}_{tax}", K.MONEY, f"期间内{label}支出（{word}）", E, "付款凭证")
    for service, label in _SERVICE.items()
    for tax, word in (("net", "不含税"), ("gross", "含税"))
)

APPLICANT_FACTS = frozenset(fact.name for fact in _APPLICANT)
"""The facts about who applies."""

VOCABULARY: Mapping[str, FactType] = {
    fact.name: fact for fact in (*_APPLICANT, *_SPENDING, *_PROVIDER, *_MONEY, *_SPENT)
}


def vocabulary_of(pack: PolicyPack) -> Mapping[str, FactType]:
    """The vocabulary with the facts that this pack adds: its own words, what its caps have used, other support."""
    return {**VOCABULARY, **{fact.name: fact for fact in _added(pack)}}


def _added(pack: PolicyPack) -> Iterator[FactType]:
    for own in pack.facts:
        kind, supplier = FactKind(own.type), Supplier(own.supplied_by)
        yield FactType(own.name, kind, own.label, supplier, own.document, own.unit, own.options)
    for cap in pack.amount.caps:
        if cap.granted_fact:
            is_money = cap.count is None and not _in_kind(pack, cap.kinds)
            yield FactType(cap.granted_fact, K.MONEY if is_money else K.COUNT, f"“{cap.say}”已用额度", L)
        if cap.lifted_fact:
            yield FactType(cap.lifted_fact, K.FLAG, f"是否放宽“{cap.say}”", V)
        if cap.over_fact:
            yield FactType(cap.over_fact, K.FLAG, f"“{cap.say}”此前是否已放宽计入", L)
    for rule in pack.amount.stacking:
        if rule.fact not in VOCABULARY:
            yield FactType(rule.fact, K.MONEY, f"“{rule.say}”所指的其他支持", E, "不重复申领声明")


def _in_kind(pack: PolicyPack, kinds: Container[str]) -> bool:
    return any(kind.unit is not None for kind in pack.kinds if kind.id in kinds)
