"""Decisions about sign-in: how long sessions live, how often one may try, what an appointment covers."""

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vouchers.accounts.permissions import SECOND_FACTOR
from vouchers.accounts.states import LABELS, Duty, OfficeKind, Role
from vouchers.accounts.wordlist import COMMON
from vouchers.kernel.findings import Finding

NEVER_CHOSEN = datetime(1970, 1, 1, tzinfo=UTC)
"""`password_set_at` of a password that its owner did not choose: it opens only the page where a new one is set."""

_STAFF_IDLE, _STAFF_WHOLE = timedelta(minutes=15), timedelta(hours=8)
_IDLE, _WHOLE = timedelta(minutes=30), timedelta(hours=12)
MOST_SESSIONS = 3
KEEP_SESSIONS = timedelta(days=180)  # who was signed in from where: as long as network logs must be kept
PASSWORD_LIFE = timedelta(days=90)  # 等保 8.1.4.1 a) asks for regular change
FRESH = timedelta(minutes=10)
KNOWN_ADDRESS = timedelta(days=30)
MOST_WRONG_CODES = 5
CLOCK_SLACK = timedelta(minutes=5)  # what clocks of several machines may differ, and a correction may take back


@dataclass(frozen=True, slots=True)
class Scope:
    """The keys (schemes or stages) that an appointment covers; no keys mean all."""

    keys: frozenset[str] = frozenset()

    def covers(self, key: str) -> bool:
        """Whether this key is within.

        >>> Scope().covers("yuzhong-2025"), Scope(frozenset({"a"})).covers("b")
        (True, False)
        """
        return not self.keys or key in self.keys


@dataclass(frozen=True, slots=True)
class Reach:
    """The schemes an appointment covers: those it names; with none named, all, or the own ones of a lead office."""

    named: frozenset[str] = frozenset()
    own: int | None = None

    def covers(self, key: str, office_id: int) -> bool:
        """Whether a scheme, by its key and the office that administers it, is within.

        >>> Reach(own=1).covers("a", 1), Reach(own=1).covers("a", 2), Reach(frozenset("a"), own=1).covers("a", 2)
        (True, False, True)
        """
        return key in self.named if self.named else self.own in {None, office_id}


def joined(parts: Iterable[Iterable[str]]) -> Scope:
    """The scope of several appointments together.

    >>> joined([["a"], ["b"]]).keys == frozenset({"a", "b"}), joined([["a"], []]).keys
    (True, frozenset())
    """
    lists = [frozenset(part) for part in parts]
    return Scope() if not all(lists) else Scope(frozenset().union(*lists))


def password_is_due(set_at: datetime, *, at: datetime, expires: bool) -> bool:
    """Whether a new password must be chosen: the first one always, later ones after 90 days where they expire."""
    return set_at == NEVER_CHOSEN or (expires and at - set_at > PASSWORD_LIFE)


def is_fresh(shown_at: datetime | None, *, at: datetime) -> bool:
    """Whether password or second factor was shown recently enough for an act that moves money or rights."""
    return shown_at is not None and -CLOCK_SLACK < at - shown_at <= FRESH


def is_alive(created_at: datetime, last_seen_at: datetime, *, at: datetime, is_staff: bool) -> bool:
    """Whether a session still holds: neither idle nor open for too long, nor used at a time still to come.

    A clock that is set back would else give lapsed sessions their time again.
    """
    idle, whole = (_STAFF_IDLE, _STAFF_WHOLE) if is_staff else (_IDLE, _WHOLE)
    return at - last_seen_at < idle and at - created_at < whole and last_seen_at - at < CLOCK_SLACK


def lapsed_before(at: datetime) -> tuple[datetime, datetime]:
    """Sessions last seen or opened before these instants hold for nobody any more."""
    return at - _IDLE, at - _WHOLE


def needs_second_factor(roles: Iterable[Role]) -> bool:
    """Whether somebody with these roles signs in with password and TOTP."""
    return any(role in SECOND_FACTOR for role in roles)


def binding_secret(key: bytes, session: str, user_id: int) -> str:
    """The seed offered for binding in this session: the same on each look at the page, kept nowhere before it fits."""
    return base64.b32encode(hmac.new(key, f"{session}:{user_id}".encode(), "sha256").digest()[:20]).decode()


_BROWSERS = (  # the first that fits: most browsers also name those they look like
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("QQBrowser", "QQ 浏览器"),
    ("QihooBrowser", "360 浏览器"),
    ("360SE", "360 浏览器"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("OpenHarmony", "鸿蒙"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("UOS", "统信 UOS"),
    ("Kylin", "麒麟"),
    ("Linux", "Linux"),
)


def device_of(user_agent: str) -> str:
    """Browser and system in words, by which an owner knows their device again; nothing else of it is kept.

    >>> device_of("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140 Safari/537 Edg/140"), device_of("curl/8")
    ('Edge · Windows', '')
    """
    found = (next((word for mark, word in table if mark in user_agent), "") for table in (_BROWSERS, _SYSTEMS))
    return " · ".join(word for word in found if word)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many tries in a window of so long."""

    name: str
    tries: int
    window: timedelta

    def starts(self, at: datetime) -> datetime:
        """When the window of this instant began."""
        seconds = int(self.window.total_seconds())
        return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)

    def wait(self, at: datetime) -> int:
        """Seconds until the next window."""
        return max(1, int((self.starts(at) + self.window - at).total_seconds()))


SIGN_IN_LIMIT = Limit("sign-in", 10, timedelta(minutes=5))
SIGN_INS_IN_ALL = Limit("sign-in-all", 1000, timedelta(minutes=5))
PASSWORD_LIMIT = Limit("password", 10, timedelta(minutes=5))
FACTOR_LIMITS = (
    Limit("factor-5m", 5, timedelta(minutes=5)),
    Limit("factor-1h", 20, timedelta(hours=1)),
    Limit("factor-1d", 50, timedelta(days=1)),
)


_LEAST, _LONG, _CLASSES = 10, 16, 3
_MOST_BYTES = 1024
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEFT = 5
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1qaz2wsx3edc4rfv")
_RUN_PIECES = tuple(  # the longest first, forwards and backwards
    piece
    for length in range(13, 3, -1)
    for run in _RUNS
    for way in (run, run[::-1])
    for start in range(len(way) - length + 1)
    for piece in (way[start : start + length],)
)


def password_findings(password: str, *, needs_classes: bool, words: Iterable[str] = ()) -> list[Finding]:
    """Why this password is refused; empty when it is good. `words` are the account's and the office's own names.

    >>> [f.code for f in password_findings("Password123!", needs_classes=True)]
    ['password-common']
    >>> password_findings("青山不改绿水长流，后会有期", needs_classes=False)
    []
    """
    found = []
    if len(password.encode()) > _MOST_BYTES or "\0" in password:
        return [_finding("password-unusable", "密码过长或含有不可用的字符。", "请用 10 至 300 个字符。")]
    if len(password) < _LEAST:
        found.append(_finding("password-short", "密码太短。", "请至少用 10 个字符。"))
    elif needs_classes and len(password) < _LONG and _class_count(password) < _CLASSES:
        way = "请在大写字母、小写字母、数字、符号中用到三种，或改用 16 个以上字符的一句话。"
        found.append(_finding("password-plain", "密码的字符种类太少。", way))
    if _is_common(password, words):
        found.append(_finding("password-common", "密码容易被猜到。", "请不要用常见词、账号、单位名称或连续的字符。"))
    return found


def _class_count(password: str) -> int:
    kinds = (str.isupper, str.islower, str.isdigit)
    used = {next((n for n, kind in enumerate(kinds) if kind(c)), len(kinds)) for c in password}
    return len(used)


def _is_common(password: str, words: Iterable[str]) -> bool:
    """Whether little is left once the account's own names, runs of keys and the usual ornaments are taken away."""
    lowered = password.lower()
    left = lowered
    for word in (*(own.lower() for own in words if len(own) >= _CLASSES), *_RUN_PIECES):
        left = left.replace(word, "")
    inner = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", lowered)
    core = "".join(c for c in inner.translate(_LEET) if c.isalpha())
    return core in COMMON or (left != lowered and len(left) < _LEFT) or len(set(lowered)) < _LEFT


def _finding(code: str, message: str, way: str) -> Finding:
    return Finding(code, message, way=way, field="new_password")


ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


PART_HELD = Finding(
    "duty-part-held",
    "您已办理过本案的另一个环节，按本方案两个环节须由不同的人办理。",
    way="请由没有经办过本案的同事办理。",
)


def duty_findings(held: tuple[Duty, str], wanted: tuple[Duty, str]) -> list[Finding]:
    """Why a person who holds one duty (with its part) on a case may not take on another; empty for the same one."""
    (duty, part), (new_duty, new_part) = held, wanted
    way = PART_HELD.way
    if duty is not new_duty:
        params = {"held": LABELS[duty], "wanted": LABELS[new_duty]}
        return [Finding("duty-held", "您在本案已承担“{held}”，不能再承担“{wanted}”（岗位分离）。", params, way)]
    if part and new_part and part != new_part:
        return [PART_HELD]
    return []


APPOINT_SELF = Finding("appoint-self", "不能给自己任职，也不能变更自己的任职。", way="请由另一位管理员办理。")
PROPOSED_ALREADY = Finding("proposed-already", "同样的提议正在等待确认。", way="请在“任职提议”里查看。")


def own_findings(about: int, by: int | None) -> list[Finding]:
    """Nobody gives, changes or ends an appointment of their own.

    >>> [f.code for f in own_findings(7, 7)], own_findings(7, None)
    (['appoint-self'], [])
    """
    return [APPOINT_SELF] if about == by else []


def confirming_findings(*, proposed_by: int | None, about: int, confirmed_by: int | None) -> list[Finding]:
    """Why this person may not confirm a proposal: it is theirs, or about them, or nobody stands behind the act.

    >>> [f.code for f in confirming_findings(proposed_by=1, about=7, confirmed_by=1)]
    ['second-person']
    >>> confirming_findings(proposed_by=1, about=7, confirmed_by=2)
    []
    """
    if confirmed_by is None or confirmed_by == proposed_by:
        way = "请由另一位安全管理员确认。"
        return [Finding("second-person", "提议须由提议人以外的人确认。", way=way)]
    return own_findings(about, confirmed_by)


BODIES: dict[Role, OfficeKind] = {Role.FINANCE_MAKER: OfficeKind.FINANCE, Role.FINANCE_CHECKER: OfficeKind.FINANCE}
"""Roles that belong to one kind of office: whoever pays is not of the office that decides (INV-36)."""


def body_findings(role: Role, office: OfficeKind) -> list[Finding]:
    """Why this role may not be given in this kind of office.

    >>> [f.code for f in body_findings(Role.FINANCE_CHECKER, OfficeKind.LEAD)]
    ['wrong-body']
    """
    wanted = BODIES.get(role, office)
    if wanted is office:
        return []
    params = {"role": LABELS[role], "office": LABELS[wanted]}
    return [Finding("wrong-body", "{role}只能在{office}任职。", params, "请选择相应的机构。", field="office")]


def appointment_findings(held: Iterable[Role], role: Role) -> list[Finding]:
    """Why this role may not be given: it joins one of the three administrators (三员) with another role."""
    roles = {*held, role}
    if roles & ADMINISTRATORS and len(roles) > 1:
        message = "系统管理员、安全管理员、审计管理员须各自独立，也不兼任业务岗位。"
        return [Finding("admins-apart", message, way="请另设账号并由不同的人担任，或先结束原任职。", field="role")]
    return []
