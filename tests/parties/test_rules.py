"""Decisions about organisations and their accounts, by plain values."""

from vouchers.kernel.findings import Finding
from vouchers.parties import rules


def test_a_bank_account_mistyped_in_one_character_is_refused_unless_it_is_another_number() -> None:
    """D12: accounts have no check digit that all banks share (decision 0013); their shape is checked."""
    number, code = "6222020200112233445", "102653000011"
    for place in range(len(number)):
        for wrong in ("O", "l", "ab", "．", "é", "\0"):
            typed = number[:place] + wrong + number[place + 1 :]
            assert codes(rules.account_findings(typed, code)) == ["account-number"], typed
        assert rules.account_findings(number[:place] + "9" + number[place + 1 :], code) == []
    for place in range(len(code)):
        for wrong in ("O", "", "12"):
            assert codes(rules.account_findings(number, code[:place] + wrong + code[place + 1 :])) == ["bank-code"]


def codes(findings: list[Finding]) -> list[str]:
    return [one.code for one in findings]
