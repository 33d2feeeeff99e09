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


class Tie(StrEnum):
    """What ties an officer to an organisation, so that they must not decide on it (回避)."""

    MEMBER = "member"
    FORMER = "former"
    HOLDER = "holder"
    LINKED = "linked"
    DECLARED = "declared"


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
    Tie.MEMBER: "是这个单位的人员",
    Tie.FORMER: "离开这个单位还不到规定的天数",
    Tie.HOLDER: "持有这个单位的股份",
    Tie.LINKED: "所在的单位与这个单位有关联",
    Tie.DECLARED: "已申报与这个单位有利害关系",
    SuccessionKind.MERGER: "合并",
    SuccessionKind.SPLIT: "分立",
    SuccessionKind.DEREGISTRATION: "注销承继",
}
