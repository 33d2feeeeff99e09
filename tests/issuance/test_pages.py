"""Pages of issuing and of vouchers: dry run, double click, stale sums, strangers, consequences."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.accounts import code_now, sign_in
from tests.factories.applications import Ground, make_ground
from tests.factories.enterprises import PASSWORD, enterprise
from tests.factories.issuance import Held, envelope, make_case, make_held
from tests.pages import PageClient
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.issuance import queries, services
from vouchers.issuance.models import Voucher
from vouchers.issuance.states import VoucherState

pytestmark = pytest.mark.usefixtures("clock")


def signed_in_enterprise(app: Flask, number: int = 1) -> PageClient:
    browser = PageClient(app)
    browser.get("/sign-in")
    assert browser.submit({"sign_in": f"qiye{number}", "password": PASSWORD}, form="/sign-in").status_code == 303
    return browser


def text_of(client: PageClient) -> str:
    assert client.page is not None
    return client.page.text


@pytest.fixture
def ground(app: Flask, noon: datetime) -> Ground:
    return make_ground(at=noon, granted=10_000_000)


@pytest.fixture
def decider(client: PageClient, ground: Ground) -> PageClient:
    sign_in(client, ground.officers["decider"])
    return client


@pytest.fixture
def held(app: Flask, ground: Ground, noon: datetime) -> Held:
    return make_held(at=noon, ground=ground)


def test_chosen_cases_are_added_up_and_issued_by_one_press(decider: PageClient, ground: Ground, noon: datetime) -> None:
    for number in (1, 2):
        make_case(ground, enterprise(number, at=noon), at=noon)
    decider.get("/office/vouchers/")
    chosen = [form.values["case"] for form in decider.page.forms if "case" in form.values]  # type: ignore[union-attr]
    decider.get("/office/vouchers/issue", query_string={"case": chosen[0]})
    added_up = text_of(decider)

    answer = decider.submit(form="/office/vouchers/issue")

    assert "共 2 件，面额合计 ¥60,000.02" in added_up
    assert answer.status_code == 303
    assert envelope(ground) == {"city": 10_000_000 - 3_000_002, "district": 10_000_000 - 3_000_000}


def test_a_double_press_issues_once(decider: PageClient, ground: Ground, noon: datetime) -> None:
    case = make_case(ground, enterprise(at=noon), at=noon).public_id
    decider.get("/office/vouchers/issue", query_string={"case": case})

    first, second = (decider.submit(form="/office/vouchers/issue") for _ in range(2))

    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert db.session.query(Voucher).count() == 1


def test_issuing_asks_for_the_factor_again_after_ten_minutes(
    decider: PageClient, ground: Ground, clock: Path, noon: datetime
) -> None:
    case = make_case(ground, enterprise(at=noon), at=noon).public_id
    page = f"/office/vouchers/issue?case={case}"
    decider.get(page)
    pressed = next(form for form in decider.page.forms if form.action == "/office/vouchers/issue").values  # type: ignore[union-attr]
    clock.write_text((noon + timedelta(minutes=11)).isoformat())

    late = decider.post("/office/vouchers/issue", pressed, headers={"Referer": f"http://localhost{page}"})
    decider.get(late.location)
    onward = decider.submit({"code": code_now()}, form="/second-factor").location
    decider.get(onward)
    answer = decider.submit(form="/office/vouchers/issue")

    assert onward == page
    assert answer.location.startswith("/office/vouchers/")
    assert db.session.query(Voucher).count() == 1


def test_a_sum_that_is_no_longer_the_sum_is_a_conflict(decider: PageClient, ground: Ground, noon: datetime) -> None:
    case = make_case(ground, enterprise(at=noon), at=noon).public_id
    decider.get("/office/vouchers/issue", query_string={"case": case})

    answer = decider.submit({"seen_total": "1"}, form="/office/vouchers/issue")

    assert answer.status_code == 409
    assert sum(envelope(ground).values()) == 20_000_000


def test_a_short_envelope_is_shown_before_anything_is_pressed(
    decider: PageClient, ground: Ground, noon: datetime
) -> None:
    case = make_case(ground, enterprise(at=noon), at=noon, amount=30_000_000).public_id

    decider.get("/office/vouchers/issue", query_string={"case": case})

    assert "规模不足" in text_of(decider)
    assert not [form for form in decider.page.forms if form.action == "/office/vouchers/issue"]  # type: ignore[union-attr]


def test_a_reviewer_does_not_issue(app: Flask, client: PageClient, ground: Ground) -> None:
    sign_in(client, ground.officers["first"])

    answers = [client.get(page).status_code for page in ("/office/vouchers/", "/office/vouchers/all")]

    assert answers == [403, 200]


def test_the_office_page_shows_money_and_history(decider: PageClient, held: Held) -> None:
    decider.get(f"/office/vouchers/{held.voucher}")

    text = text_of(decider)
    assert "¥30,000.01" in text
    assert "凭证正在生成" in text
    assert "发券" in text


def test_void_says_what_follows_and_asks_why(decider: PageClient, held: Held) -> None:
    page = f"/office/vouchers/{held.voucher}/void"
    decider.get(page)
    told = text_of(decider)
    refused = decider.submit({"reason": ""}, form=page)

    answer = decider.submit({"reason": "申报材料不实，予以作废"}, form=page)

    assert "券面余额 ¥30,000.01 退回发放规模" in told
    assert refused.status_code == 422
    assert answer.status_code == 303
    assert queries.get(held.voucher).state is VoucherState.VOID


def test_freezing_on_a_stale_page_is_a_conflict(decider: PageClient, held: Held) -> None:
    page = f"/office/vouchers/{held.voucher}/freeze"
    decider.get(page)
    with transaction():
        services.freeze(
            held.voucher, "先冻结", actor=held.ground.officer("decider"), at=queries.get(held.voucher).issued_at
        )

    answer = decider.submit({"reason": "核查关联交易"}, form=page)

    assert answer.status_code == 409


def test_a_frozen_voucher_offers_to_be_unfrozen(decider: PageClient, held: Held, noon: datetime) -> None:
    with transaction():
        services.freeze(held.voucher, "先冻结", actor=held.ground.officer("decider"), at=noon)
    page = f"/office/vouchers/{held.voucher}/unfreeze"
    decider.get(page)

    decider.submit({"reason": "核查无误，予以解冻"}, form=page)

    assert queries.get(held.voucher).state is VoucherState.ACTIVE


def test_list_is_filtered_and_exported(decider: PageClient, held: Held) -> None:
    number = queries.get(held.voucher).number

    decider.get("/office/vouchers/all", query_string={"state": "void"})
    none = text_of(decider)
    decider.get("/office/vouchers/all", query_string={"q": number, "sort": "face"})
    one = text_of(decider)
    csv = decider.get("/office/vouchers/export.csv", buffered=True).get_data(as_text=True)
    xlsx = decider.get("/office/vouchers/export.xlsx")

    assert "没有符合条件的券" in none
    assert number in one
    assert f'"{number}"' in csv
    assert '"30000.01"' in csv
    assert xlsx.status_code == 200
    assert decider.get("/office/vouchers/export.doc").status_code == 404


def test_the_holder_sees_the_balance_as_a_sum_of_movements(app: Flask, held: Held) -> None:
    browser = signed_in_enterprise(app)

    browser.get("/enterprise/vouchers/")
    listed = text_of(browser)
    browser.get(f"/enterprise/vouchers/{held.voucher}")

    shown = text_of(browser)
    assert "30,000.01" in listed
    assert "叁万元零壹分" in shown
    assert "余额由这些变动相加而成" in shown
    assert "2026-03-18 至 2026-09-17" in shown


def test_a_stranger_gets_404(app: Flask, held: Held, noon: datetime) -> None:
    enterprise(2, at=noon)
    browser = signed_in_enterprise(app, 2)

    answer = browser.get(f"/enterprise/vouchers/{held.voucher}")

    assert answer.status_code == 404


def test_near_the_end_the_page_says_what_is_lost(app: Flask, held: Held, clock: Path) -> None:
    clock.write_text("2026-09-10T04:00:00+00:00")
    browser = signed_in_enterprise(app)

    browser.get(f"/enterprise/vouchers/{held.voucher}")

    assert "还有 8 天到期，余额 ¥30,000.01 过期作废" in text_of(browser)


def test_without_vouchers_the_page_says_what_comes_next(app: Flask, noon: datetime) -> None:
    enterprise(at=noon)
    browser = signed_in_enterprise(app)

    browser.get("/enterprise/vouchers/")

    assert "还没有算力券" in text_of(browser)


def test_home_and_voucher_count_the_days_left_alike(app: Flask, held: Held, clock: Path) -> None:
    clock.write_text("2026-09-10T04:00:00+00:00")
    browser = signed_in_enterprise(app)

    found = []
    for page in ("/enterprise/", f"/enterprise/vouchers/{held.voucher}"):
        browser.get(page)
        found.append(set(re.findall(r"还有 \d+ 天", text_of(browser))))

    assert found == [{"还有 8 天"}, {"还有 8 天"}]


def test_only_a_holder_who_can_still_order_is_told_to(app: Flask, held: Held, clock: Path) -> None:
    told = []
    for moment in ("2026-09-10T04:00:00+00:00", "2026-12-01T04:00:00+00:00"):
        clock.write_text(moment)
        browser = signed_in_enterprise(app)
        browser.get(f"/enterprise/vouchers/{held.voucher}")
        told.append("选择服务商下单" in text_of(browser))

    assert told == [True, False]
