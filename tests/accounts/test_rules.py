"""Passwords, scopes, windows and duties, without a database."""

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vouchers.accounts import passwords, rules
from vouchers.accounts.permissions import LABELS, ROLES, SECOND_FACTOR, Permission
from vouchers.accounts.rules import FACTOR_LIMITS, NEVER_CHOSEN, SIGN_IN_LIMIT, Limit
from vouchers.accounts.states import Duty, Role
from vouchers.accounts.wordlist import COMMON

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "password",
    [
        "Tiedan-2026-liushui",
        "短句也行Ab1-四五",
        "correct horse battery staple",
        "🔥🔥 Bright 42 fires",
        "x" * 3 + "Y9-mnpqr",
    ],
)
def test_good_passwords_pass(password: str) -> None:
    assert rules.password_findings(password, needs_classes=True) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Ab1-Ab1", "password-short"),
        ("onlylettersx", "password-plain"),
        ("Password2026!", "password-common"),
        ("P@ssw0rd2026", "password-common"),
        ("qwertyuiopQ1", "password-common"),
        ("Admin@123456", "password-common"),
        ("1234567890-A", "password-common"),
        ("aaaaaaaaaaaaaaaaaa", "password-common"),
        ("abcdefghijklmnopqrst", "password-common"),
        ("wangming-A1", "password-common"),
        ("good\0Password-77", "password-unusable"),
        ("长" * 400, "password-unusable"),
    ],
)
def test_bad_passwords_say_why(password: str, code: str) -> None:
    found = rules.password_findings(password, needs_classes=True, words=("wangming",))

    assert code in {finding.code for finding in found}
    assert all(finding.way for finding in found)


def test_without_the_composition_profile_length_is_enough() -> None:
    assert rules.password_findings("quiet river bank", needs_classes=False) == []


def test_long_passwords_are_not_cut_off() -> None:
    same_start = "A1-" * 24  # 72 bytes, where some algorithms stop reading
    kept = passwords.hash_password(same_start + "one")

    assert passwords.is_right(kept, same_start + "one")
    assert not passwords.is_right(kept, same_start + "two")


def test_composed_and_decomposed_text_is_the_same_password() -> None:
    kept = passwords.hash_password("Caf\u00e9-am-Fluss-7")

    assert passwords.is_right(kept, "Cafe\u0301-am-Fluss-7")


def test_a_megabyte_is_refused_before_any_work() -> None:
    kept = passwords.hash_password("Tiedan-2026-liushui")

    assert not passwords.is_right(kept, "x" * 1_000_000)


@given(st.text(min_size=64, max_size=250))
def test_long_passwords_of_any_text_work_as_a_whole(text: str) -> None:
    """A12: emoji, any script; refused for what the rules say, never cut off, and found again in either normal form."""
    kept = passwords.hash_password(text)

    assert passwords.is_right(kept, unicodedata.normalize("NFD", text))
    assert not passwords.is_right(kept, text[:-1] + ("a" if text[-1] != "a" else "b"))
    found = {finding.code for finding in rules.password_findings(text, needs_classes=True)}
    assert found <= {"password-unusable", "password-common"}
    assert ("password-unusable" in found) is ("\0" in text or len(text.encode()) > 1024)


@given(st.text(alphabet="abc1-Ü", min_size=72, max_size=72), st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_passwords_that_differ_after_72_bytes_are_different(start: str, one: str, other: str) -> None:
    """A12"""
    assume(unicodedata.normalize("NFC", start + one) != unicodedata.normalize("NFC", start + other))

    assert not passwords.is_right(passwords.hash_password(start + one), start + other)


def test_common_passwords_are_refused_by_the_thousand() -> None:
    """A12: words people use, in the shapes people give them to satisfy a form."""
    tails = ("123456", "@123456", "2024!", "@2025", "2026", "123!", "888888", "!@#$1", "1990")
    shapes = [shape for word in COMMON for tail in tails for shape in (word + tail, word.capitalize() + tail)]
    wanted = {shape for shape in shapes if len(shape) >= 10}

    let_in = [one for one in wanted if rules.password_findings(one, needs_classes=False) == []]

    assert len(wanted) >= 3000
    assert not let_in


@pytest.mark.parametrize("word", ["渝中区大数据局", "算力券服务平台", "yzdata"])
def test_passwords_made_of_the_own_organisation_are_refused(word: str) -> None:
    """A12"""
    found = rules.password_findings(f"{word}A1-!", needs_classes=False, words=(word,))

    assert "password-common" in {finding.code for finding in found}


@given(st.sets(st.sampled_from(["a", "b", "c"])), st.sampled_from(["a", "b", "c"]))
def test_scope_covers_its_keys_and_everything_when_empty(keys: set[str], key: str) -> None:
    assert rules.Scope(frozenset(keys)).covers(key) is (not keys or key in keys)


@given(st.datetimes(timezones=st.just(UTC), min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)))  # noqa: DTZ001
def test_an_instant_lies_in_its_window(at: datetime) -> None:
    for limit in (SIGN_IN_LIMIT, *FACTOR_LIMITS):
        start = limit.starts(at)

        assert start <= at < start + limit.window
        assert 0 < limit.wait(at) <= limit.window.total_seconds()


def test_windows_of_different_lengths_do_not_share_a_name() -> None:
    names = [limit.name for limit in (SIGN_IN_LIMIT, *FACTOR_LIMITS)]

    assert len(set(names)) == len(names)
    assert Limit("x", 1, timedelta(minutes=5)).starts(NOON) == NOON


@pytest.mark.parametrize("held", list(Duty))
@pytest.mark.parametrize("wanted", list(Duty))
def test_two_duties_never_go_together(held: Duty, wanted: Duty) -> None:
    found = rules.duty_findings((held, ""), (wanted, ""))

    assert bool(found) is (held is not wanted)


def test_administrators_hold_nothing_else() -> None:
    for administrator in rules.ADMINISTRATORS:
        for other in set(Role) - {administrator}:
            assert rules.appointment_findings([administrator], other)
            assert rules.appointment_findings([other], administrator)


def test_administrators_have_no_business_permission() -> None:
    business = frozenset().union(*(ROLES[role] for role in set(Role) - rules.ADMINISTRATORS))

    for role in rules.ADMINISTRATORS:
        assert ROLES[role] & business == {Permission.ACCOUNT_SELF}


def test_who_touches_money_shows_two_factors() -> None:
    money = {Permission.BATCH_APPROVE, Permission.BATCH_MAKE, Permission.CLAIM_APPROVE, Permission.FINANCE_RECORD}

    assert {role for role in Role if ROLES[role] & money} <= SECOND_FACTOR


def test_every_permission_has_a_word_and_a_holder() -> None:
    assert set(LABELS) == set(Permission)
    assert frozenset().union(*ROLES.values()) == set(Permission)


@pytest.mark.parametrize(
    ("days", "expires", "is_due"), [(89, True, False), (91, True, True), (91, False, False), (None, False, True)]
)
def test_passwords_come_due(days: int | None, *, expires: bool, is_due: bool) -> None:
    set_at = NEVER_CHOSEN if days is None else NOON - timedelta(days=days)

    assert rules.password_is_due(set_at, at=NOON, expires=expires) is is_due
