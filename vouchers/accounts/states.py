"""Kinds of offices, roles, duties and account states, with their Chinese labels."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class OfficeKind(StrEnum):
    """What an office is."""

    LEAD = "lead"
    FINANCE = "finance"
    DISTRICT = "district"
    THIRD_PARTY = "third_party"
    OVERSIGHT = "oversight"


class Role(StrEnum):
    """What an appointment makes of a person."""

    HANDLER = "handler"
    REPRESENTATIVE = "representative"
    PROVIDER_OPERATOR = "provider_operator"
    PROVIDER_FINANCE = "provider_finance"
    POLICY_OFFICER = "policy_officer"
    ADMISSION_OFFICER = "admission_officer"
    REVIEWER = "reviewer"
    EXPERT = "expert"
    DECIDER = "decider"
    FINANCE_MAKER = "finance_maker"
    FINANCE_CHECKER = "finance_checker"
    OVERSEER = "overseer"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


class SignInMethod(StrEnum):
    """How somebody signed in: with the account's own password, or at the city's identity provider."""

    PASSWORD = "password"
    PROVIDER = "provider"


class UserState(StrEnum):
    """Whether an account may sign in."""

    ACTIVE = "active"
    DISABLED = "disabled"


class ProposalKind(StrEnum):
    """What a proposal asks for."""

    GRANT = "grant"
    END = "end"


class ProposalState(StrEnum):
    """What became of a proposal about an appointment."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


class Duty(StrEnum):
    """Duties on a case that no two of which one person may hold."""

    ENTER = "enter"
    EXAMINE = "examine"
    DECIDE = "decide"
    MAKE_PAYMENT = "make_payment"
    CHECK_PAYMENT = "check_payment"


USERS = Lifecycle(
    "user",
    [
        Transition("deactivate", frozenset({UserState.ACTIVE}), UserState.DISABLED, "停用"),
        Transition("reactivate", frozenset({UserState.DISABLED}), UserState.ACTIVE, "恢复"),
    ],
)

PROPOSALS = Lifecycle(
    "proposal",
    [
        Transition("confirm", frozenset({ProposalState.WAITING}), ProposalState.CONFIRMED, "确认"),
        Transition("refuse", frozenset({ProposalState.WAITING}), ProposalState.REFUSED, "不予确认"),
    ],
)

LABELS: dict[StrEnum, str] = {
    OfficeKind.LEAD: "主管部门",
    OfficeKind.FINANCE: "财政部门",
    OfficeKind.DISTRICT: "区县部门",
    OfficeKind.THIRD_PARTY: "第三方机构",
    OfficeKind.OVERSIGHT: "监督机构",
    Role.HANDLER: "企业经办人",
    Role.REPRESENTATIVE: "企业授权人",
    Role.PROVIDER_OPERATOR: "服务商经办",
    Role.PROVIDER_FINANCE: "服务商财务",
    Role.POLICY_OFFICER: "政策专员",
    Role.ADMISSION_OFFICER: "入库专员",
    Role.REVIEWER: "审核员",
    Role.EXPERT: "评审专家",
    Role.DECIDER: "审定人",
    Role.FINANCE_MAKER: "财务制单",
    Role.FINANCE_CHECKER: "财务复核",
    Role.OVERSEER: "监督员",
    Role.SYSTEM_ADMIN: "系统管理员",
    Role.SECURITY_ADMIN: "安全管理员",
    Role.AUDIT_ADMIN: "审计管理员",
    SignInMethod.PASSWORD: "密码",
    SignInMethod.PROVIDER: "统一身份认证",
    UserState.ACTIVE: "正常",
    UserState.DISABLED: "停用",
    ProposalKind.GRANT: "任职",
    ProposalKind.END: "结束任职",
    ProposalState.WAITING: "待确认",
    ProposalState.CONFIRMED: "已确认",
    ProposalState.REFUSED: "未确认",
    Duty.ENTER: "申报",
    Duty.EXAMINE: "审核",
    Duty.DECIDE: "审定",
    Duty.MAKE_PAYMENT: "制单",
    Duty.CHECK_PAYMENT: "复核",
}
