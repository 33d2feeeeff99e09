"""Who may do what to whose things, on one page: permissions `scope:act`, what each reaches, the roles that hold it."""

from collections.abc import Mapping
from enum import StrEnum

from vouchers.accounts.states import Role


class Permission(StrEnum):
    """One thing that can be permitted. Relation and duty are checked besides."""

    ACCOUNT_SELF = "account:self"  # own messages, own files, own sessions
    ADMISSION_DECIDE = "admission:decide"
    APPLICATION_CONFIRM = "application:confirm"
    APPLICATION_WRITE = "application:write"
    AUDIT_READ = "audit:read"
    BATCH_APPROVE = "batch:approve"
    BATCH_MAKE = "batch:make"
    CASE_DECIDE = "case:decide"
    CASE_EXAMINE = "case:examine"  # in the stages of the pack; which role a stage wants, its seat says
    CASE_OVERSEE = "case:oversee"  # decisions with their reasons, read only; no papers
    CASE_READ = "case:read"
    CASE_REVIEW = "case:review"
    CASE_SCORE = "case:score"  # what an expert needs of a case that waits for their marks, and nothing else
    CLAIM_APPROVE = "claim:approve"
    CLAIM_SUBMIT = "claim:submit"
    CLAIM_VERIFY = "claim:verify"
    ENTERPRISE_PROFILE = "enterprise:profile"
    FINANCE_CHECK = "finance:check"
    FINANCE_READ = "finance:read"
    FINANCE_RECORD = "finance:record"
    MEMBER_REPLACE = "member:replace"
    NOTICE_MANAGE = "notice:manage"
    OFFERING_WRITE = "offering:write"
    ORDER_ENTERPRISE = "order:enterprise"
    ORDER_PROVIDER = "order:provider"
    PEOPLE_CONFIRM = "people:confirm"
    PEOPLE_MANAGE = "people:manage"
    PEOPLE_READ = "people:read"
    PROVIDER_PROFILE = "provider:profile"
    SCHEME_PUBLISH = "scheme:publish"
    SCHEME_READ = "scheme:read"  # the record of how a version came about
    SCHEME_WRITE = "scheme:write"
    SYSTEM_OPERATE = "system:operate"
    VOUCHER_ISSUE = "voucher:issue"
    VOUCHER_READ_OWN = "voucher:read-own"


P = Permission

LABELS: Mapping[Permission, str] = {
    P.ACCOUNT_SELF: "自己的账号和消息",
    P.ADMISSION_DECIDE: "服务商入库",
    P.APPLICATION_CONFIRM: "确认申请",
    P.APPLICATION_WRITE: "填写申请",
    P.AUDIT_READ: "查看留痕",
    P.BATCH_APPROVE: "批准兑付批次",
    P.BATCH_MAKE: "编制兑付批次",
    P.CASE_DECIDE: "审定案件",
    P.CASE_EXAMINE: "在环节中审核",
    P.CASE_OVERSEE: "监督案件",
    P.CASE_READ: "查看案件",
    P.CASE_REVIEW: "审核案件",
    P.CASE_SCORE: "评分",
    P.CLAIM_APPROVE: "审批核销",
    P.CLAIM_SUBMIT: "提交核销",
    P.CLAIM_VERIFY: "核对核销",
    P.ENTERPRISE_PROFILE: "企业资料",
    P.FINANCE_CHECK: "复核资金文件",
    P.FINANCE_READ: "查看资金",
    P.FINANCE_RECORD: "登记资金文件",
    P.MEMBER_REPLACE: "代单位更换人员",
    P.NOTICE_MANAGE: "公示",
    P.OFFERING_WRITE: "服务目录",
    P.ORDER_ENTERPRISE: "订单（企业）",
    P.ORDER_PROVIDER: "订单（服务商）",
    P.PEOPLE_CONFIRM: "确认任职",
    P.PEOPLE_MANAGE: "账号管理和任职提议",
    P.PEOPLE_READ: "查看人员与任职",
    P.PROVIDER_PROFILE: "服务商资料",
    P.SCHEME_PUBLISH: "发布方案",
    P.SCHEME_READ: "查看方案的审查记录",
    P.SCHEME_WRITE: "编制方案",
    P.SYSTEM_OPERATE: "系统运行",
    P.VOUCHER_ISSUE: "发券",
    P.VOUCHER_READ_OWN: "查看本单位的券",
}


class Relation(StrEnum):
    """Whose things a permission reaches. Whatever lies outside looks as if it did not exist."""

    SELF = "self"  # one's own account
    ORGANISATION = "organisation"  # what belongs to the organisation one acts for
    SCHEMES = "schemes"  # what belongs to the schemes that the appointment covers; no schemes named means all
    ALL = "all"


RELATIONS: Mapping[Permission, Relation] = {
    P.ACCOUNT_SELF: Relation.SELF,
    P.ADMISSION_DECIDE: Relation.ALL,
    P.APPLICATION_CONFIRM: Relation.ORGANISATION,
    P.APPLICATION_WRITE: Relation.ORGANISATION,
    P.AUDIT_READ: Relation.ALL,
    P.BATCH_APPROVE: Relation.SCHEMES,
    P.BATCH_MAKE: Relation.SCHEMES,
    P.CASE_DECIDE: Relation.SCHEMES,
    P.CASE_EXAMINE: Relation.SCHEMES,
    P.CASE_OVERSEE: Relation.SCHEMES,
    P.CASE_READ: Relation.SCHEMES,
    P.CASE_REVIEW: Relation.SCHEMES,
    P.CASE_SCORE: Relation.SCHEMES,
    P.CLAIM_APPROVE: Relation.SCHEMES,
    P.CLAIM_SUBMIT: Relation.ORGANISATION,
    P.CLAIM_VERIFY: Relation.SCHEMES,
    P.ENTERPRISE_PROFILE: Relation.ORGANISATION,
    P.FINANCE_CHECK: Relation.SCHEMES,
    P.FINANCE_READ: Relation.SCHEMES,
    P.FINANCE_RECORD: Relation.SCHEMES,
    P.MEMBER_REPLACE: Relation.ALL,
    P.NOTICE_MANAGE: Relation.SCHEMES,
    P.OFFERING_WRITE: Relation.ORGANISATION,
    P.ORDER_ENTERPRISE: Relation.ORGANISATION,
    P.ORDER_PROVIDER: Relation.ORGANISATION,
    P.PEOPLE_CONFIRM: Relation.ALL,
    P.PEOPLE_MANAGE: Relation.ALL,
    P.PEOPLE_READ: Relation.ALL,
    P.PROVIDER_PROFILE: Relation.ORGANISATION,
    P.SCHEME_PUBLISH: Relation.SCHEMES,
    P.SCHEME_READ: Relation.SCHEMES,
    P.SCHEME_WRITE: Relation.SCHEMES,
    P.SYSTEM_OPERATE: Relation.ALL,
    P.VOUCHER_ISSUE: Relation.SCHEMES,
    P.VOUCHER_READ_OWN: Relation.ORGANISATION,
}

ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.HANDLER: frozenset(
        {P.ACCOUNT_SELF, P.ENTERPRISE_PROFILE, P.APPLICATION_WRITE, P.ORDER_ENTERPRISE, P.VOUCHER_READ_OWN}
    ),
    Role.REPRESENTATIVE: frozenset(
        {
            P.ACCOUNT_SELF,
            P.ENTERPRISE_PROFILE,
            P.APPLICATION_WRITE,
            P.APPLICATION_CONFIRM,
            P.ORDER_ENTERPRISE,
            P.VOUCHER_READ_OWN,
        }
    ),
    Role.PROVIDER_OPERATOR: frozenset(
        {P.ACCOUNT_SELF, P.PROVIDER_PROFILE, P.OFFERING_WRITE, P.ORDER_PROVIDER, P.CLAIM_SUBMIT}
    ),
    Role.PROVIDER_FINANCE: frozenset({P.ACCOUNT_SELF, P.PROVIDER_PROFILE, P.CLAIM_SUBMIT}),
    Role.POLICY_OFFICER: frozenset({P.ACCOUNT_SELF, P.SCHEME_READ, P.SCHEME_WRITE, P.SCHEME_PUBLISH, P.CASE_READ}),
    Role.ADMISSION_OFFICER: frozenset({P.ACCOUNT_SELF, P.ADMISSION_DECIDE, P.CASE_READ, P.MEMBER_REPLACE}),
    Role.REVIEWER: frozenset(
        {
            P.ACCOUNT_SELF,
            P.CASE_READ,
            P.CASE_REVIEW,
            P.CASE_EXAMINE,
            P.NOTICE_MANAGE,
            P.CLAIM_VERIFY,
            P.MEMBER_REPLACE,
        }
    ),
    Role.EXPERT: frozenset({P.ACCOUNT_SELF, P.CASE_SCORE}),
    Role.DECIDER: frozenset(
        {P.ACCOUNT_SELF, P.CASE_READ, P.CASE_EXAMINE, P.CASE_DECIDE, P.VOUCHER_ISSUE, P.CLAIM_APPROVE}
    ),
    Role.FINANCE_MAKER: frozenset({P.ACCOUNT_SELF, P.FINANCE_READ, P.FINANCE_RECORD, P.BATCH_MAKE}),
    Role.FINANCE_CHECKER: frozenset({P.ACCOUNT_SELF, P.FINANCE_READ, P.FINANCE_CHECK, P.BATCH_APPROVE}),
    Role.OVERSEER: frozenset({P.ACCOUNT_SELF, P.SCHEME_READ, P.CASE_OVERSEE}),
    Role.SYSTEM_ADMIN: frozenset({P.ACCOUNT_SELF, P.PEOPLE_READ, P.PEOPLE_MANAGE, P.SYSTEM_OPERATE}),
    Role.SECURITY_ADMIN: frozenset({P.ACCOUNT_SELF, P.PEOPLE_READ, P.PEOPLE_CONFIRM}),
    Role.AUDIT_ADMIN: frozenset({P.ACCOUNT_SELF, P.AUDIT_READ}),
}

SECOND_FACTOR: frozenset[Role] = frozenset(set(Role) - {Role.HANDLER, Role.REPRESENTATIVE, Role.PROVIDER_OPERATOR})
"""Roles that sign in with password and TOTP: all staff, and the provider's finance."""


def holders(permission: Permission) -> tuple[Role, ...]:
    """The roles that hold a permission, in the order of the list of roles.

    >>> holders(P.AUDIT_READ)
    (<Role.AUDIT_ADMIN: 'audit_admin'>,)
    """
    return tuple(role for role in Role if permission in ROLES[role])


def is_own(permission: Permission) -> bool:
    """Whether a permission reaches only what belongs to oneself or to the organisation one acts for."""
    return RELATIONS[permission] in {Relation.SELF, Relation.ORGANISATION}
