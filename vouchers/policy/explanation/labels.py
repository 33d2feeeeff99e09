"""The closed words of rules, as people read them."""

from vouchers.kernel.money import RoundingMode
from vouchers.policy.pack.phases import Phase

OVER = {
    "claim": "每次申领", "order": "每个订单", "contract": "每份合同", "applicant": "每个申领单位",
    "controller": "同一控制人名下合计", "project": "每个项目", "seller": "每个服务商", "scheme": "全方案合计",
}  # fmt: skip
PER = {
    "once": "", "month": "每月", "quarter": "每季度", "calendar-year": "每个自然年度", "window": "每个申报窗口",
    "rolling": "滚动期间内", "life": "方案有效期内",
}  # fmt: skip
COUNTING = {"claims": "%(n)s 次", "contracts": "%(n)s 份合同", "years": "%(n)s 年"}
ROUNDING = {RoundingMode.DOWN: "舍去", RoundingMode.HALF_UP: "四舍五入", RoundingMode.HALF_EVEN: "四舍六入五成双"}
STEPS = {"end": "最后取整", "base-and-end": "基数和最后结果取整", "each-step": "每一步取整"}
SOURCES = {"this-scheme": "本方案", "this-level": "本级财政", "all-levels": "各级财政", "named": ""}
SCOPES = {"contract": "同一合同", "project": "同一项目", "applicant": "同一单位"}
EFFECTS = {
    "reject": "已有其他支持的，不再支持", "add": "与其他支持分别计算", "add-on-top": "只按其他支持后仍需自付的部分计算",
}  # fmt: skip
OPENS = {
    "once": "一次性开放", "quarterly": "每季度开放", "half-yearly": "每半年开放", "yearly": "每年开放",
    "rolling": "常年受理", "timed-release": "定时放券",
}  # fmt: skip
TRACKS = {"reviewed": "经审核", "instant": "下单即享", "automatic": "免申即享"}
OVERDUE = {
    "remind": "到期未办的提醒经办人", "escalate": "到期未办的报上级", "pass": "到期未办的视为通过",
    "return": "到期未办的退回",
}  # fmt: skip
PHASES = {Phase.APPLICATION: "申领时", Phase.ISSUE: "发券时", Phase.REDEMPTION: "核销时", Phase.PAYMENT: "兑付时"}
