"""Kinds of organisations, mandates, facts and links, with their Chinese labels."""

from enum import StrEnum


class OrganisationState(StrEnum):
    """Whether the organisation exists in law."""

    ACTIVE = "active"
    DEREGISTERED = "deregistered"
    MERGED = "merged"


class MandateKind(StrEnum):
    """In what quality a person acts for an organisation."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    AUTHORISED = "authorised"
    HANDLER = "handler"
    AGENCY = "agency"


class FactSource(StrEnum):
    """Where a fact comes from."""

    SELF_DECLARED = "self_declared"
    DOCUMENT = "document"
    REGISTER = "register"
    OFFICER = "officer"


class SuccessionKind(StrEnum):
    """How one organisation came to stand for another."""

    MERGER = "merger"
    SPLIT = "split"
    DEREGISTRATION = "deregistration"


LABELS: dict[StrEnum, str] = {
    OrganisationState.ACTIVE: "存续",
    OrganisationState.DEREGISTERED: "已注销",
    OrganisationState.MERGED: "已合并",
    MandateKind.LEGAL_REPRESENTATIVE: "法定代表人",
    MandateKind.AUTHORISED: "授权委托人",
    MandateKind.HANDLER: "经办人",
    MandateKind.AGENCY: "代理机构",
    FactSource.SELF_DECLARED: "企业填报",
    FactSource.DOCUMENT: "材料",
    FactSource.REGISTER: "登记信息",
    FactSource.OFFICER: "工作人员核实",
    SuccessionKind.MERGER: "合并",
    SuccessionKind.SPLIT: "分立",
    SuccessionKind.DEREGISTRATION: "注销承继",
}
