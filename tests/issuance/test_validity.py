"""A voucher that its pack lets hold for the calendar year ends on the last of December, whenever it was issued."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask

from tests.factories.applications import make_ground
from tests.factories.enterprises import enterprise
from tests.factories.issuance import issue, make_case
from tests.policy.packs import changed, edited
from vouchers.db.transaction import transaction
from vouchers.issuance import queries, rules, services
from vouchers.issuance.states import VoucherState
from vouchers.kernel.actor import job
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.kernel.workdays import WorkCalendar

NEW_YEAR = timedelta(days=289)  # from 18 March 2026 to 1 January 2027


@pytest.mark.parametrize("issued_on", [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29)])
def test_the_year_of_the_issue_counts(issued_on: date) -> None:
    def for_the_year(data: dict[str, list[dict[str, object]]]) -> None:
        data["voucher"][0].pop("valid_for")
        data["voucher"][0]["valid_within"] = "calendar-year"

    rule = changed(for_the_year).pack.voucher_rule("compute")

    valid = rules.validity(rule, issued_on, WorkCalendar(frozenset()), window=date(2026, 4, 30))

    assert valid == DateRange(issued_on, date(issued_on.year, 12, 31))


@pytest.mark.database
def test_it_can_be_spent_on_the_last_of_december_and_ends_with_the_year(app: Flask, noon: datetime) -> None:
    loaded = edited("valid_for: 6 months", "valid_within: calendar-year")
    assert not loaded.not_yet
    ground = make_ground(at=noon, loaded=loaded)

    voucher = issue(ground, make_case(ground, enterprise(at=noon), at=noon), at=noon).public_id

    ended = []
    for day in (NEW_YEAR - timedelta(days=1), NEW_YEAR):
        with transaction():
            ended.append(services.expire_due(actor=job("daily"), at=noon + day))
    assert queries.get(voucher).valid_until == date(2026, 12, 31)
    assert ended == [0, 1]
    assert queries.get(voucher).state is VoucherState.EXPIRED


@pytest.mark.database
def test_a_voucher_that_holds_for_the_window_ends_with_it_and_is_not_issued_after_it(
    app: Flask, noon: datetime
) -> None:
    loaded = edited("valid_for: 6 months", "valid_within: window")
    assert not loaded.not_yet
    ground = make_ground(at=noon, loaded=loaded)  # its window closes sixty days later, at noon of 17 May
    first, second = (make_case(ground, enterprise(n, at=noon), at=noon) for n in (1, 2))

    assert issue(ground, first, at=noon).valid_until == date(2026, 5, 17)

    late = noon + timedelta(days=61)
    with pytest.raises(RuleViolation, match="窗口已于 2026-05-17 结束"):
        issue(ground, second, at=late)
    run = queries.dry_run([second.public_id], ground.officer("decider"), on=late.date())
    assert [one.code for waiting in run.stopped for one in waiting.why] == ["window_over"]
