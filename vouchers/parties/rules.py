"""Decisions about organisations: numbers, mandates, accounts, and which fact may stand over which."""

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from vouchers.accounts.rules import Limit
from vouchers.kernel.findings import Finding
from vouchers.kernel.identifiers import normalise, uscc_problem
from vouchers.parties.states import LABELS, FactSource, MandateKind, Tie

_SHAPED = re.compile(r"^[0-9A-HJ-NPQRTUWXY]{18}$", re.ASCII)
_ACCOUNT = re.compile(r"^\d{8,30}$", re.ASCII)
_BANK_CODE = re.compile(r"^\d{12}$", re.ASCII)

REGISTER_LIMIT = Limit("register", 20, timedelta(hours=1))
"""How many registrations one address may send: an incubator may help several tenants at a time."""

LETTER_MISSING = Finding("letter-missing", "没有接替人的授权委托书。", way="请上传盖章的授权委托书。", field="letter")
NOT_CONFIRMING = Finding(
    "not-confirming",
    "只有法定代表人或授权委托人能更换人员、结束授权。",
    way="请由他们登录办理；他们都已离开的，请带盖章的公函找主管部门办理。",
)
SAME_PERSON = Finding(
    "successor-same", "接替人和原来的人是同一个人。", way="请填写接替人自己的姓名和手机号。", field="phone"
)

CONFIRMING = frozenset({MandateKind.LEGAL_REPRESENTATIVE, MandateKind.AUTHORISED})
"""Mandates by which somebody may confirm in the name of an organisation."""

CONFIRMED = frozenset({FactSource.REGISTER, FactSource.OFFICER})
"""Sources that a declaration does not replace."""


def uscc_findings(text: str, *, has_licence: bool) -> list[Finding]:
    """Why a 统一社会信用代码 is refused. A wrong check character with the licence at hand is a review, not a wall.

    >>> [f.code for f in uscc_findings("91350100M000100Y4", has_licence=True)]
    ['uscc-malformed']
    >>> uscc_findings("91350100M000100Y44", has_licence=True)
    []
    """
    problem = uscc_problem(text)
    if not problem or (has_licence and _SHAPED.fullmatch(normalise(text))):
        return []
    if not _SHAPED.fullmatch(normalise(text)):
        return [Finding("uscc-malformed", problem, way="。请照营业执照右上角重新填写。", field="uscc")]
    way = "。如果与营业执照完全一致，请同时上传营业执照，由工作人员核实。"
    return [Finding("uscc-check", problem, way=way, field="uscc")]


def uscc_needs_review(text: str) -> bool:
    """Whether somebody must compare the number with the licence.

    >>> uscc_needs_review("91350100M000100Y43"), uscc_needs_review("91350100M000100Y44")
    (False, True)
    """
    return bool(uscc_problem(text))


def replacement_findings(held: FactSource | None, new: FactSource, *, label: str, name: str) -> list[Finding]:
    """Why a fact may not be replaced: what a register or an officer said is not undone by a declaration."""
    if held not in CONFIRMED or new in CONFIRMED:
        return []
    message = "“{label}”已由登记信息或工作人员确认，不能自行修改。"
    way = "如有变更，请联系主管部门更正。"
    return [Finding("fact-confirmed", message, {"label": label}, way, field=name)]


def mandate_findings(kind: MandateKind, *, has_letter: bool, is_own: bool) -> list[Finding]:
    """Why a mandate is refused: whoever is authorised needs a letter, and nobody authorises themselves by one."""
    found = []
    if kind in {MandateKind.AUTHORISED, MandateKind.AGENCY} and not has_letter:
        message = "授权委托人和代理机构须有授权委托书。"
        found.append(Finding("letter-missing", message, way="请上传盖章的授权委托书。", field="letter"))
    if is_own:
        message = "不能给自己授权。"
        found.append(Finding("mandate-own", message, way="请由本单位的另一位授权人办理。", field="kind"))
    return found


def tie_findings(ties: Iterable[Tie], name: str) -> list[Finding]:
    """Why an officer may not decide on an organisation: each tie they have with it (回避).

    >>> [f.code for f in tie_findings([Tie.HOLDER], "甲公司")]
    ['own-organisation']
    """
    return [
        Finding(
            "own-organisation",
            "按回避规定您不能办理“{name}”的事项：您{tie}。",
            {"name": name, "tie": LABELS[tie]},
            "请交由其他同事办理。",
        )
        for tie in ties
    ]


def own_hand_over_findings(*, may_confirm: bool, is_own: bool) -> list[Finding]:
    """Why a member may not replace another: only who may confirm does, and nobody replaces themselves.

    >>> [f.code for f in own_hand_over_findings(may_confirm=False, is_own=False)]
    ['not-confirming']
    """
    if is_own:
        way = "请由本单位的另一位授权人办理；没有别人的，请带盖章的公函找主管部门办理。"
        return [Finding("mandate-own-end", "不能交接自己的授权。", way=way)]
    return [] if may_confirm else [NOT_CONFIRMING]


def office_hand_over_findings(left: Iterable[str], *, has_evidence: bool) -> list[Finding]:
    """Why an office may not replace a member: the organisation can do it itself, or the stamped letter is missing.

    >>> [f.code for f in office_hand_over_findings(["李雷"], has_evidence=False)]
    ['representative-there', 'evidence-missing']
    """
    names, found = "、".join(left), []
    if names:
        message = "本单位还有能登录确认的人（{names}）。"
        way = "请由其在“人员与授权”里办理，主管部门不代办。"
        found.append(Finding("representative-there", message, {"names": names}, way))
    if not has_evidence:
        message = "没有单位盖章的公函。"
        found.append(Finding("evidence-missing", message, way="请上传公函的扫描件。", field="evidence"))
    return found


BANK, WALLET = "bank", "e-cny"
CHANNEL_LABELS: Mapping[str, str] = {BANK: "银行账户", WALLET: "数字人民币钱包"}


def stored_channel(channel: str) -> str:
    """How a channel stands in a row: nothing for a bank account, as before there were others.

    >>> stored_channel("bank"), stored_channel("e-cny")
    ('', 'e-cny')
    """
    return "" if channel == BANK else channel


def account_findings(number: str, bank_code: str) -> list[Finding]:
    """Why a bank account is refused.

    >>> [f.code for f in account_findings("6222 0000", "3086530")]
    ['bank-code']
    """
    found = []
    if not _ACCOUNT.fullmatch(normalise(number)):
        message = "银行账号应为 8 至 30 位数字。"
        found.append(Finding("account-number", message, way="请照开户许可证或银行回单填写。", field="number"))
    if bank_code and not _BANK_CODE.fullmatch(normalise(bank_code)):
        message = "联行号应为 12 位数字。"
        found.append(Finding("bank-code", message, way="请向开户行查询，或先留空。", field="bank_code"))
    return found


def may_confirm(mandates: Iterable[tuple[MandateKind, bool]]) -> bool:
    """Whether one of these mandates, each with whether its letter is on file, lets somebody confirm.

    >>> may_confirm([(MandateKind.AUTHORISED, False)]), may_confirm([(MandateKind.AUTHORISED, True)])
    (False, True)
    """
    return any(
        kind is MandateKind.LEGAL_REPRESENTATIVE or (kind is MandateKind.AUTHORISED and has_letter)
        for kind, has_letter in mandates
    )
