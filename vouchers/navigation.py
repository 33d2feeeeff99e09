"""The menu: what each audience finds at the top of its pages, and which permission it needs."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Flask, current_app, request
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from vouchers.accounts.guards import current_actor
from vouchers.accounts.permissions import Permission
from vouchers.web.addresses import address_of

P = Permission


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: label, page, the permission without which it is not shown, and where its other pages lie."""

    label: LazyString
    endpoint: str
    permission: Permission | None = None
    also: str = ""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """An entry as this reader sees it on this page."""

    label: str
    url: str
    is_current: bool


MENU: Mapping[str, tuple[Entry, ...]] = {
    "public": (
        Entry(lazy_gettext("首页"), "workbench_public.home"),
        Entry(lazy_gettext("政策方案"), "policy_public.list_schemes"),
        Entry(lazy_gettext("政策测算"), "policy_public.calculate"),
        Entry(lazy_gettext("服务商名录"), "providers_public.list_offerings"),
        Entry(lazy_gettext("公示"), "notices_public.list_notices"),
        Entry(lazy_gettext("凭证验真"), "certificates_public.verify"),
    ),
    "enterprise": (
        Entry(lazy_gettext("我的"), "workbench_enterprise.home"),
        Entry(lazy_gettext("我能申领什么"), "applications_enterprise.check_eligibility", P.APPLICATION_WRITE),
        Entry(lazy_gettext("申请"), "applications_enterprise.list_applications", P.APPLICATION_WRITE),
        Entry(lazy_gettext("算力券"), "issuance_enterprise.list_vouchers", P.VOUCHER_READ_OWN),
        Entry(lazy_gettext("订单"), "orders_enterprise.list_orders", P.ORDER_ENTERPRISE),
        Entry(lazy_gettext("核销"), "redemption_enterprise.list_claims", P.ORDER_ENTERPRISE),
        Entry(lazy_gettext("单位资料"), "enterprises_enterprise.show_profile", P.ENTERPRISE_PROFILE),
        Entry(lazy_gettext("站内信"), "messages_inbox.inbox", P.ACCOUNT_SELF),
    ),
    "provider": (
        Entry(lazy_gettext("我的"), "workbench_provider.home"),
        Entry(lazy_gettext("订单"), "orders_provider.list_orders", P.ORDER_PROVIDER),
        Entry(lazy_gettext("核销"), "redemption_provider.list_claims", P.CLAIM_SUBMIT),
        Entry(lazy_gettext("服务目录"), "providers_provider.list_offerings", P.OFFERING_WRITE),
        Entry(lazy_gettext("入库资料"), "providers_provider.show_profile", P.PROVIDER_PROFILE),
        Entry(lazy_gettext("对账单"), "settlement_provider.list_statements", P.CLAIM_SUBMIT),
        Entry(lazy_gettext("站内信"), "messages_inbox.inbox", P.ACCOUNT_SELF),
    ),
    "office": (
        Entry(lazy_gettext("我的待办"), "workbench_office.home"),
        Entry(lazy_gettext("审核"), "review_office.show_queue", P.CASE_REVIEW, "/office/cases"),
        Entry(lazy_gettext("专家评分"), "review_scoring.list_cases", P.CASE_SCORE),
        Entry(lazy_gettext("案件"), "applications_office.list_cases", P.CASE_READ, "/office/cases"),
        Entry(lazy_gettext("监督案件"), "oversight_office.list_cases", P.CASE_OVERSEE),
        Entry(lazy_gettext("目标进展"), "oversight_office.show_targets", P.SCHEME_READ),
        Entry(lazy_gettext("排序"), "review_ranking.list_windows", P.CASE_DECIDE),
        Entry(lazy_gettext("申报企业"), "enterprises_office.list_enterprises", P.CASE_READ),
        Entry(lazy_gettext("服务商入库"), "providers_office.list_admissions", P.ADMISSION_DECIDE),
        Entry(lazy_gettext("公示"), "notices_office.list_notices", P.NOTICE_MANAGE, "/office/objections"),
        Entry(lazy_gettext("批复"), "notices_office.approve_cases", P.CASE_DECIDE),
        Entry(lazy_gettext("发券"), "issuance_office.list_issuable", P.VOUCHER_ISSUE),
        Entry(lazy_gettext("直接补助"), "subsidies_office.list_subsidies", P.VOUCHER_ISSUE),
        Entry(lazy_gettext("核销审核"), "redemption_office.list_claims", P.CLAIM_VERIFY),
        Entry(lazy_gettext("核销审批"), "redemption_office.list_approvals", P.CLAIM_APPROVE),
        Entry(lazy_gettext("方案"), "policy_office.list_schemes", P.SCHEME_WRITE),
        Entry(lazy_gettext("免申即享"), "candidates_office.list_lists", P.SCHEME_WRITE),
        Entry(lazy_gettext("公平竞争审查"), "policy_weighing.list_fairness", P.SCHEME_READ),
        Entry(lazy_gettext("资金"), "ledger_office.list_envelopes", P.FINANCE_READ),
        Entry(lazy_gettext("兑付"), "settlement_office.list_batches", P.FINANCE_READ, "/office/after-restore"),
        Entry(lazy_gettext("人员与任职"), "accounts_office.list_people", P.PEOPLE_READ),
        Entry(lazy_gettext("运行"), "operation_office.show_state", P.SYSTEM_OPERATE),
        Entry(lazy_gettext("留痕"), "workbench_audit.list_events", P.AUDIT_READ),
        Entry(lazy_gettext("站内信"), "messages_inbox.inbox", P.ACCOUNT_SELF),
    ),
}


def menu(audience: str) -> list[MenuItem]:
    """The entries this actor may use, the current one marked: the first whose address is the longest part of ours."""
    actor = current_actor()
    shown = [
        (str(entry.label), address_of(entry.endpoint), entry.also)
        for entry in MENU[audience]
        if (entry.permission is None or actor.may(entry.permission)) and entry.endpoint in current_app.view_functions
    ]
    nearness = [max(_nearness(url, request.path), _nearness(also, request.path)) for _, url, also in shown]
    here = nearness.index(max(nearness)) if any(nearness) else -1
    return [MenuItem(label, url, place == here) for place, (label, url, _) in enumerate(shown)]


def add_menu(app: Flask) -> None:
    """Make the menu known to layouts."""
    app.jinja_env.globals["menu"] = menu


def _nearness(url: str, path: str) -> int:
    """How much of our address an entry covers; 0 when we are elsewhere."""
    covers = bool(url) and (path == url or (url != "/" and path.startswith(url.rstrip("/") + "/")))
    return len(url) if covers else 0
