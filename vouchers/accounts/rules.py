"""Decisions about sign-in: how long sessions live, how often one may try, what an appointment covers."""

import base64
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from vouchers.accounts.permissions import SECOND_FACTOR
from vouchers.accounts.states import LABELS, Duty, Role
from vouchers.kernel.findings import Finding

NEVER_CHOSEN = datetime(1970, 1, 1, tzinfo=UTC)
"""`password_set_at` of a password that its owner did not choose: it opens only the page where a new one is set."""

_STAFF_IDLE, _STAFF_WHOLE = timedelta(minutes=15), timedelta(hours=8)
_IDLE, _WHOLE = timedelta(minutes=30), timedelta(hours=12)
MOST_SESSIONS = 3
KEEP_SESSIONS = timedelta(days=180)  # who was signed in from where: as long as network logs must be kept
PASSWORD_LIFE = timedelta(days=90)  # 等保 8.1.4.1 a) asks for regular change
FRESH_FACTOR = timedelta(minutes=10)
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


def is_fresh(factor_at: datetime | None, *, at: datetime) -> bool:
    """Whether the second factor was shown recently enough for an act that moves money or rights."""
    return factor_at is not None and -CLOCK_SLACK < at - factor_at <= FRESH_FACTOR


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


def binding_secret(key: bytes, session_id: int, user_id: int) -> str:
    """The seed offered for binding in this session: the same on each look at the page, kept nowhere before it fits."""
    return base64.b32encode(hmac.new(key, f"{session_id}:{user_id}".encode(), "sha256").digest()[:20]).decode()


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
FACTOR_LIMITS = (
    Limit("factor-5m", 5, timedelta(minutes=5)),
    Limit("factor-1h", 20, timedelta(hours=1)),
    Limit("factor-1d", 50, timedelta(days=1)),
)


_LEAST, _LONG, _CLASSES = 10, 16, 3
_MOST_BYTES = 1024
_LEET = str.maketrans("013457@$!", "oieastasi")
_COMMON_WORDS = """
    password passwd passcode admin administrator root user guest test demo login welcome letmein secret master
    default changeme iloveyou woaini qwerty qwertyuiop asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx qazwsxedc
    abc abcd abcde
    abcdef abcdefg abcdefgh monkey dragon sunshine princess football baseball superman batman shadow michael jordan
    computer internet windows linux server system database oracle mysql china zhongguo beijing shanghai chongqing
    yuzhong suanli suanliquan voucher vouchers compute zhengfu caizheng dashuju mima woshi nihao hello helloworld
    trustno whatever freedom starwars pokemon summer winter spring autumn january monday
"""
_COMMON = frozenset(_COMMON_WORDS.split())
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
    return core in _COMMON or (left != lowered and len(left) < _LEFT) or len(set(lowered)) < _LEFT


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


def appointment_findings(held: Iterable[Role], role: Role, *, is_own: bool) -> list[Finding]:
    """Why this role may not be given: to oneself, or joining one of the three administrators (三员) with others."""
    if is_own:
        return [Finding("appoint-self", "不能给自己任职。", way="请由另一位管理员办理。", field="role")]
    roles = {*held, role}
    if roles & ADMINISTRATORS and len(roles) > 1:
        message = "系统管理员、安全管理员、审计管理员须各自独立，也不兼任业务岗位。"
        return [Finding("admins-apart", message, way="请另设账号并由不同的人担任，或先结束原任职。", field="role")]
    return []
