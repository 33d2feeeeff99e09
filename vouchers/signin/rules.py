"""Decisions about the ways to sign in: how long links live, what codes look like, how often one may ask."""

import base64
import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from vouchers.accounts.permissions import ROLES, Permission
from vouchers.accounts.rules import Limit
from vouchers.accounts.states import Role
from vouchers.kernel.findings import Finding
from vouchers.signin.states import LinkPurpose

LIFE = {
    LinkPurpose.PASSWORD: timedelta(minutes=30),
    LinkPurpose.RESET: timedelta(days=1),
    LinkPurpose.IDENTITY: timedelta(days=7),
    LinkPurpose.SETUP: timedelta(days=1),
}
KEEP_LINKS = timedelta(days=30)
IDENTITY_WAITS = timedelta(minutes=10)
RECOVERY_CODES = 10
ASK_NAME = Limit("password-link", 5, timedelta(days=1))
ASK_ADDRESS = Limit("password-link-from", 30, timedelta(hours=1))
CODE_LIMIT = Limit("one-time-code", 10, timedelta(minutes=5))

_GROUP = 4
_MISREAD = str.maketrans("018", "OIB")  # the alphabet has no such digits: whoever types one misread a letter

_P = Permission
MOVES_MONEY = frozenset(
    {_P.BATCH_APPROVE, _P.BATCH_MAKE, _P.CLAIM_APPROVE, _P.FINANCE_CHECK, _P.FINANCE_RECORD, _P.VOUCHER_ISSUE}
)
LINK_DEAD = Finding("link-dead", "这个链接已用过或已过期。", way="请重新申请，或请管理员重新办理；只能用一次。")
CODE_WRONG = Finding(
    "code-wrong", "码不对、已用过或已过期。", way="请核对后再输入，或请管理员重新发一个。", field="code"
)
IDENTITY_TAKEN = Finding(
    "identity-taken",
    "这个统一身份认证的身份已关联另一个账号，或您的账号已关联另一个身份。",
    way="请先在“我的账号”里解除原来的关联。",
)
OWN_RESET = Finding("reset-own", "不能为自己重置。", way="请由另外两位管理员办理。")
NEEDS_TWO = Finding("reset-needs-two", "本人的岗位经办资金，重置密码须两人办理。", way="请提出后由另一位管理员确认。")
SAME_PERSON = Finding("reset-same-person", "提出和确认须是两个人。", way="请由另一位管理员确认。")
NOTHING_BOUND = Finding("factor-absent", "这个账号没有绑定动态口令。", way="不需要办理。")
RESET_WAITS = Finding("reset-waits", "已有一项重置在等待确认。", way="请由另一位管理员确认，或先撤回。")


def resets_by_two(roles: Iterable[Role]) -> bool:
    """Whether a new password for somebody with these roles takes two administrators: they move money.

    >>> resets_by_two([Role.FINANCE_MAKER]), resets_by_two([Role.REVIEWER])
    (True, False)
    """
    return any(MOVES_MONEY & ROLES[role] for role in roles)


def new_code() -> str:
    """A code of 80 random bits for somebody to type: four groups of letters and digits that are not misread."""
    return base64.b32encode(secrets.token_bytes(10)).decode()


def grouped(code: str) -> str:
    """A code as it is printed.

    >>> grouped("ABCDEFGH")
    'ABCD-EFGH'
    """
    return "-".join(code[start : start + _GROUP] for start in range(0, len(code), _GROUP))


def plain(typed: str) -> str:
    """A code as it was made, however it was typed.

    >>> plain(" abcd-efg0 ")
    'ABCDEFGO'
    """
    return "".join(c for c in typed.upper() if c.isalnum()).translate(_MISREAD)


def ways(token: str) -> tuple[tuple[LinkPurpose, str], ...]:
    """What opens the page for a new password: a link as it was sent, or a code as it was handed over."""
    return (LinkPurpose.PASSWORD, token), (LinkPurpose.RESET, plain(token))


def hash_of(token: str) -> str:
    """What is kept of a link or code: the tokens are random, so that a plain hash tells nothing."""
    return hashlib.sha256(token.encode()).hexdigest()


def still_waits(since: datetime, *, at: datetime) -> bool:
    """Whether an identity that nobody here knows yet may still be linked by a code."""
    return at - since <= IDENTITY_WAITS
