"""Decisions about sessions, posts and duties to the second and to the word, without a database."""

import base64
import hmac
from datetime import UTC, datetime, timedelta

import pytest

from vouchers.accounts import rules
from vouchers.accounts.permissions import RELATIONS, ROLES, Permission, Relation, holders, is_own
from vouchers.accounts.rules import CLOCK_SLACK, FRESH, PART_HELD, Limit, Reach, Scope
from vouchers.accounts.states import Duty, OfficeKind, Role
from vouchers.kernel.findings import Finding

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ELSE = "请由没有经办过本案的同事办理。"


@pytest.mark.parametrize(
    ("is_staff", "idle", "whole"),
    [(True, timedelta(minutes=15), timedelta(hours=8)), (False, timedelta(minutes=30), timedelta(hours=12))],
)
def test_a_session_lapses_to_the_second(is_staff: bool, idle: timedelta, whole: timedelta) -> None:  # noqa: FBT001
    def alive(opened: timedelta, seen: timedelta) -> bool:
        return rules.is_alive(NOON - opened, NOON - seen, at=NOON, is_staff=is_staff)

    assert alive(whole - SECOND, idle - SECOND)
    assert not alive(whole - SECOND, idle)
    assert not alive(whole, SECOND)
    assert alive(SECOND, SECOND - CLOCK_SLACK)
    assert not alive(SECOND, -CLOCK_SLACK)


def test_sessions_nobody_has_any_more_are_those_of_everybody() -> None:
    assert rules.lapsed_before(NOON) == (NOON - timedelta(minutes=30), NOON - timedelta(hours=12))


def test_a_factor_is_fresh_to_the_second() -> None:
    assert rules.is_fresh(NOON - FRESH, at=NOON)
    assert not rules.is_fresh(NOON - FRESH - SECOND, at=NOON)
    assert rules.is_fresh(NOON + CLOCK_SLACK - SECOND, at=NOON)
    assert not rules.is_fresh(NOON + CLOCK_SLACK, at=NOON)
    assert not rules.is_fresh(None, at=NOON)


def test_a_window_is_waited_out_but_never_for_nothing() -> None:
    limit = Limit("x", 1, timedelta(minutes=5))

    assert limit.wait(NOON) == 300
    assert limit.wait(NOON + timedelta(minutes=4, seconds=59)) == 1
    assert limit.wait(NOON + timedelta(minutes=4, seconds=59, microseconds=500_000)) == 1


def test_the_seed_offered_belongs_to_session_and_account() -> None:
    seed = base64.b32encode(hmac.new(b"key", b"s1:7", "sha256").digest()[:20]).decode()

    assert rules.binding_secret(b"key", "s1", 7) == seed
    assert len(seed) == 32


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537 Edg/140", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone) Safari/604 MicroMessenger/8", "微信 · iPhone"),
        ("Firefox/140", "Firefox"),
        ("Linux", "Linux"),
        ("curl/8", ""),
    ],
)
def test_a_device_is_told_in_words(agent: str, words: str) -> None:
    assert rules.device_of(agent) == words


def test_several_appointments_reach_what_each_reaches() -> None:
    assert rules.joined([["a"], ["b", "c"]]) == Scope(frozenset("abc"))
    assert rules.joined([["a"], []]) == rules.joined([]) == Scope()


def test_an_appointment_reaches_what_it_names_or_what_its_office_has() -> None:
    named = Reach(frozenset("a"), own=1)

    assert (named.covers("a", 2), named.covers("b", 1)) == (True, False)
    assert (Reach(own=1).covers("b", 1), Reach(own=1).covers("b", 2)) == (True, False)
    assert Reach().covers("b", 2)


def test_one_administrator_stands_alone() -> None:
    message = "系统管理员、安全管理员、审计管理员须各自独立，也不兼任业务岗位。"
    apart = Finding("admins-apart", message, way="请另设账号并由不同的人担任，或先结束原任职。", field="role")

    assert rules.appointment_findings([Role.SYSTEM_ADMIN], Role.REVIEWER) == [apart]
    assert rules.appointment_findings([Role.SYSTEM_ADMIN], Role.AUDIT_ADMIN) == [apart]
    assert rules.appointment_findings([], Role.SYSTEM_ADMIN) == []
    assert rules.appointment_findings([Role.SYSTEM_ADMIN], Role.SYSTEM_ADMIN) == []
    assert rules.appointment_findings([Role.REVIEWER, Role.DECIDER], Role.REVIEWER) == []


def test_who_pays_is_of_the_finance_bureau() -> None:
    params = {"role": "财政复核岗", "office": "财政部门"}
    found = rules.body_findings(Role.FINANCE_CHECKER, OfficeKind.LEAD)

    assert [(one.code, one.message, one.way, one.field) for one in found] == [
        ("wrong-body", "{role}只能在{office}任职。", "请选择相应的机构。", "office")
    ]
    assert found[0].params.keys() == params.keys()
    assert "{" not in found[0].text
    assert rules.body_findings(Role.FINANCE_CHECKER, OfficeKind.FINANCE) == []
    assert rules.body_findings(Role.REVIEWER, OfficeKind.LEAD) == []


def test_a_proposal_is_confirmed_by_a_third_person() -> None:
    second = Finding("second-person", "提议须由提议人以外的人确认。", way="请由另一位安全管理员确认。")
    own = Finding("appoint-self", "不能给自己任职，也不能变更自己的任职。", way="请由另一位管理员办理。")

    def found(by: int | None, *, proposed_by: int | None = 1, about: int = 7) -> list[Finding]:
        return rules.confirming_findings(proposed_by=proposed_by, about=about, confirmed_by=by)

    assert found(1) == found(None) == found(None, proposed_by=None) == [second]
    assert found(7) == [own]
    assert found(2) == []
    assert rules.own_findings(7, 7) == [own]
    assert rules.own_findings(7, 8) == rules.own_findings(7, None) == []


def test_a_second_duty_is_told_with_both_and_a_second_part_with_the_way() -> None:
    message = "您在本案已承担“{held}”，不能再承担“{wanted}”（岗位分离）。"
    params = {"held": "审核", "wanted": "审定"}

    assert rules.duty_findings((Duty.EXAMINE, ""), (Duty.DECIDE, "")) == [Finding("duty-held", message, params, ELSE)]
    assert rules.duty_findings((Duty.EXAMINE, "a"), (Duty.EXAMINE, "b")) == [PART_HELD]
    assert PART_HELD.way == ELSE
    for held, wanted in (("", "b"), ("a", ""), ("a", "a"), ("", "")):
        assert rules.duty_findings((Duty.EXAMINE, held), (Duty.EXAMINE, wanted)) == []


@pytest.mark.parametrize(
    ("password", "code", "message", "way"),
    [
        ("a\0" * 8, "password-unusable", "密码过长或含有不可用的字符。", "请用 10 至 300 个字符。"),
        ("mK7-uwzpe", "password-short", "密码太短。", "请至少用 10 个字符。"),
        (
            "mkuwzpehrtx",
            "password-plain",
            "密码的字符种类太少。",
            "请在大写字母、小写字母、数字、符号中用到三种，或改用 16 个以上字符的一句话。",
        ),
        (
            "Password-2026",
            "password-common",
            "密码容易被猜到。",
            "请不要用常见词、账号、单位名称或连续的字符。",
        ),
    ],
)
def test_a_password_is_refused_in_these_words(password: str, code: str, message: str, way: str) -> None:
    found = rules.password_findings(password, needs_classes=True)

    assert found == [Finding(code, message, way=way, field="new_password")]


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("mK7-uwzpeh", ()),  # ten characters
        ("mkuwzpehrtxvmnqs", ()),  # sixteen of one kind
        ("mkuwzpehr7-", ()),  # three kinds
        ("mkuwz-7abcd", ()),  # a run, but much besides
        ("ab-mkuwz7RX", ("ab",)),  # a word of two letters is no name
        ("li1-Mmkuw", ()),
    ],
)
def test_a_password_at_the_edge_is_good(password: str, words: tuple[str, ...]) -> None:
    assert rules.password_findings(password + "z" * (len(password) < 10), needs_classes=True, words=words) == []


def test_little_is_left_when_names_and_runs_are_taken_away() -> None:
    def codes(password: str, *words: str) -> list[str]:
        return [one.code for one in rules.password_findings(password, needs_classes=False, words=words)]

    assert codes("abcdefgmkuw") == ["password-common"]  # four are left
    assert codes("abcdefgmkuwz") == []  # five are left
    assert codes("wanwanwan-x", "wan") == ["password-common"]  # a name of three letters
    assert codes("mmkkuumkum") == ["password-common"]  # three different characters
    assert codes("mkuwzmkuwz") == []


def test_roles_and_relations_of_a_permission() -> None:
    assert holders(Permission.AUDIT_READ) == (Role.AUDIT_ADMIN,)
    for permission in Permission:
        assert holders(permission) == tuple(role for role in Role if permission in ROLES[role])
        own = {Relation.SELF: True, Relation.ORGANISATION: True, Relation.SCHEMES: False, Relation.ALL: False}
        assert is_own(permission) is own[RELATIONS[permission]]
