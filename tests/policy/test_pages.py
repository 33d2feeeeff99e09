"""Pages of policy: the way of a pack through the office, and what visitors see."""

from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import make_user, sign_in
from tests.factories.policy import assessment, draft, in_force_whatever_it_says, policy_officer, published, window
from tests.pages import PageClient
from tests.policy.answers import as_answers
from tests.policy.packs import PACK
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.kernel.clock import BEIJING
from vouchers.policy import queries
from vouchers.policy.services import PACKS
from vouchers.policy.states import VersionState

pytestmark = pytest.mark.usefixtures("clock")

QUESTION = {
    "size_class": "micro",
    "registered_in": "重庆市渝中区",
    "field": "health",
    "planned_net": "90000",
    "used": "0",
    "dishonesty": "none",
    "operating_status": "operating",
    "is_admitted_provider": "no",
    "other_support_contract": "0",
}


def answer_review(client: PageClient, public_id: str) -> None:
    """Every pointed item answered on the page, with the conclusion."""
    address, given = f"/office/schemes/versions/{public_id}/fairness/answers", assessment(public_id)
    typed = {"conclusion": "meets", "opinion": given.opinion}
    for i, one in enumerate(given.answers):
        typed |= {f"article_{i}": one.article, f"reason_{i}": one.reason}
    client.get(address)
    assert client.submit(typed, form=address).status_code == 303


def test_a_pack_is_imported_checked_signed_published_and_opened_by_two_people(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    drafter, _ = policy_officer(at=noon, name="陈策")
    signer, _ = policy_officer(at=noon, name="林审")
    sign_in(client, drafter)
    client.get("/office/schemes/import")
    imported = client.submit({"shipped": "yuzhong-2025"}, form="/office/schemes/import")
    address = imported.location
    public_id = address.rsplit("/", 1)[1]
    client.get(address)
    client.submit(form=f"{address}/check")

    other = PageClient(app)
    sign_in(other, signer)
    answer_review(client, public_id)
    other.get(f"{address}/sign")
    assert other.page is not None
    assert "陈策" in other.page.text
    assert other.submit(form=f"{address}/sign").status_code == 422  # nothing said to the points of the check
    other.submit({"answer": "已逐条核对"}, form=f"{address}/sign")
    other.get(f"{address}/publish")
    other.submit(form=f"{address}/publish")
    other.get(f"{address}/windows/new")
    opened = other.submit(
        {"voucher_kind": "compute", "title": "2026年第一批", "first": "2026-03-18", "last": "2026-04-30"},
        form=f"{address}/windows/new",
    )

    assert opened.status_code == 303
    assert queries.get_version(public_id).state is VersionState.PUBLISHED
    assert [one.title for one in queries.open_windows(noon)] == ["2026年第一批"]
    last_instant = datetime(2026, 4, 30, 23, 59, 59, 999_000, tzinfo=BEIJING)
    assert len(queries.open_windows(last_instant)) == 1
    assert queries.open_windows(last_instant + timedelta(milliseconds=1)) == []
    other.get("/office/schemes/")
    assert other.page is not None
    assert "渝中区算力券、模型券" in other.page.text


def test_the_version_page_shows_text_beside_rules_and_findings(app: Flask, client: PageClient, noon: datetime) -> None:
    somebody, actor = policy_officer(at=noon)
    address = f"/office/schemes/versions/{draft(actor, at=noon)}"
    sign_in(client, somebody)

    answer = client.get(address)

    assert answer.status_code == 200
    assert client.page is not None
    assert "以登记地为条件" in client.page.text
    assert "面向中小企业发放分层级算力券与模型训练补贴" in client.page.text
    assert "这是起步方案，不是实施细则" in client.page.text
    assert "#line-" in " ".join(client.page.links())


def test_a_pack_with_mistakes_is_shown_with_its_lines(app: Flask, client: PageClient, noon: datetime) -> None:
    somebody, _ = policy_officer(at=noon)
    sign_in(client, somebody)
    client.get("/office/schemes/import")

    answer = client.submit({"text": "id: x-1\ntitel: 甲"}, form="/office/schemes/import")

    assert answer.status_code == 422
    assert client.page is not None
    assert "第 2 行：不认识“titel”" in client.page.text
    assert "是不是“title”" in client.page.text


def test_the_drafter_is_told_that_another_must_sign(app: Flask, client: PageClient, noon: datetime) -> None:
    somebody, actor = policy_officer(at=noon)
    address = f"/office/schemes/versions/{draft(actor, at=noon)}"
    sign_in(client, somebody)
    client.get(address)
    client.submit(form=f"{address}/check")

    client.get(address)
    assert client.page is not None
    assert "须由另一位政策人员签署" in client.page.text
    answer_review(client, address.rsplit("/", 1)[1])
    client.get(f"{address}/sign")
    answer = client.submit({"answer": "已逐条核对"}, form=f"{address}/sign")

    assert answer.status_code == 403
    assert "起草人不能签署自己起草的方案" in client.page.text


def test_a_window_is_closed_and_a_version_stopped_on_pages_of_consequences(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    (somebody, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    version = published(actor, signer, at=noon)
    opened = window(version, actor, at=noon).public_id
    sign_in(client, somebody)

    closed = twice(client, f"/office/schemes/windows/{opened}/close", {"reason": "资金已用完"})
    stopped = twice(client, f"/office/schemes/versions/{version}/stop", {"reason": "政策调整，另行发布"})

    assert {closed, stopped} == {(303, f"/office/schemes/versions/{version}")}
    assert queries.open_windows(noon) == []
    assert queries.get_version(version).state is VersionState.STOPPED
    assert acts("policy.close_window", "policy.stop") == ["policy.close_window", "policy.stop"]


def test_a_window_opened_by_a_press_that_is_sent_twice_is_one(app: Flask, client: PageClient, noon: datetime) -> None:
    (somebody, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    version = published(actor, signer, at=noon)
    typed: dict[str, object] = {"voucher_kind": "model", "title": "第一批", "first": "2026-03-18", "last": "2026-04-30"}
    sign_in(client, somebody)

    answer = twice(client, f"/office/schemes/versions/{version}/windows/new", typed)

    assert answer == (303, f"/office/schemes/versions/{version}")
    assert [one.title for one in queries.open_windows(noon)] == ["第一批"]
    assert acts("policy.open_window") == ["policy.open_window"]


def twice(client: PageClient, address: str, typed: dict[str, object]) -> tuple[int, str]:
    """What the same press is answered both times."""
    client.get(address)
    answers = [client.submit(typed, form=address) for _ in range(2)]
    (answer,) = {(one.status_code, one.location) for one in answers}
    return answer


def acts(*names: str) -> list[str]:
    """Which of these acts left an event, in their order."""
    chosen = select(AuditEvent.act).where(AuditEvent.act.in_(names)).order_by(AuditEvent.seq)
    return list(db.session.scalars(chosen))


def test_a_window_that_ends_before_it_begins_is_refused_at_its_field(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    (somebody, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    address = f"/office/schemes/versions/{published(actor, signer, at=noon)}/windows/new"
    sign_in(client, somebody)
    client.get(address)

    answer = client.submit(
        {"voucher_kind": "compute", "title": "第一批", "first": "2026-05-01", "last": "2026-04-01"}, form=address
    )

    assert answer.status_code == 422
    assert client.page is not None
    assert "截止时间应晚于开始时间" in client.page.text


def test_only_policy_officers_see_the_office_pages(app: Flask, client: PageClient, noon: datetime) -> None:
    sign_in(client, make_user(Role.FINANCE_MAKER, at=noon))

    assert client.get("/office/schemes/").status_code == 403


def test_visitors_read_a_scheme_with_every_clause(app: Flask, client: PageClient, noon: datetime) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    window(published(actor, signer, at=noon), actor, at=noon)

    client.get("/schemes/")
    assert client.page is not None
    address = next(link for link in client.page.links() if link.startswith("/schemes/") and link != "/schemes/")
    client.get(address)

    text = client.page.text
    assert "属于中小企业（中型、小型、微型）" in text
    assert "《渝中区算力经济发展三年行动计划（2025—2027年）》文字解读 六、5" in text
    assert "这是起步方案，不是实施细则" in text
    assert "2026年第一批" in text


def test_a_scheme_that_is_not_published_is_not_found(app: Flask, client: PageClient, noon: datetime) -> None:
    _, actor = policy_officer(at=noon)
    public_id = queries.get_version(draft(actor, at=noon)).scheme.public_id

    assert client.get(f"/schemes/{public_id}").status_code == 404


def test_the_calculator_asks_first_and_keeps_nothing(app: Flask, client: PageClient, noon: datetime) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    published(actor, signer, at=noon)

    first = client.get("/calculator")
    assert first.status_code == 200
    answer = client.get("/calculator", query_string=QUESTION)

    assert answer.status_code == 200
    assert client.page is not None
    text = client.page.text
    assert "可以申领" in text
    assert "¥30,000.00" in text
    assert "由本项决定" in text


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"size_class": "large"}, "企业规模（划型）为 中型、小型、微型 之一即符合"),
        ({"registered_in": "其他"}, "登记地为 重庆市渝中区 即符合"),
        ({"dishonesty": "3 years"}, "自 2029-03-18 起符合"),
        ({"operating_status": ""}, "请填写登记状态"),
        ({"planned_net": "1800"}, "预计服务费用（不含税）为 ¥"),
    ],
)
def test_the_calculator_says_what_would_change_a_no(
    app: Flask, client: PageClient, noon: datetime, *, changes: dict[str, str], told: str
) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    published(actor, signer, at=noon)

    client.get("/calculator", query_string={name: value for name, value in (QUESTION | changes).items() if value})

    assert client.page is not None
    assert told in client.page.text


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"planned_net": "很多"}, "最多两位小数"),
        ({"size_class": "giant"}, "不是有效的选择"),
        ({"green_share": "101"}, "不是百分数"),
    ],
)
def test_the_calculator_refuses_what_is_no_answer(
    app: Flask, client: PageClient, noon: datetime, *, wrong: dict[str, str], told: str
) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    published(actor, signer, at=noon)

    answer = client.get("/calculator", query_string=QUESTION | wrong)

    assert answer.status_code == 422
    assert client.page is not None
    assert told in client.page.text
    assert "可以申领" not in client.page.text


def test_the_calculator_asks_for_at_least_one_answer(app: Flask, client: PageClient, noon: datetime) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    published(actor, signer, at=noon)

    answer = client.get("/calculator", query_string={"size_class": "", "used": ""})

    assert answer.status_code == 422
    assert client.page is not None
    assert "还没有回答任何一项" in client.page.text


def test_an_answer_has_an_address_that_gives_it_again(app: Flask, client: PageClient, noon: datetime) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    published(actor, signer, at=noon)
    client.get("/calculator", query_string={**QUESTION, "green_share": "", "name": "张三", "unknown": "1"})
    assert client.page is not None
    first = client.page.text

    link = next(one for one in client.page.links() if urlsplit(one).path == "/calculator" and urlsplit(one).query)
    client.get("/calculator", query_string=urlsplit(link).query)

    assert sorted(parse_qs(urlsplit(link).query)) == sorted(QUESTION)
    assert client.page.text == first


def test_a_missing_answer_leads_to_its_question(app: Flask, client: PageClient, noon: datetime) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    published(actor, signer, at=noon)

    client.get("/calculator", query_string={"size_class": "micro"})

    assert client.page is not None
    assert {"#planned_net", "#used", "#registered_in"} <= set(client.page.links())


def test_every_pack_is_asked_answered_and_shown_whatever_its_shape(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    (_, drafter), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    packs = []
    for file in sorted(PACKS.glob("*.yaml")):
        version = queries.get_version(in_force_whatever_it_says(drafter, signer, at=noon, file=file))
        packs.append((version.scheme.public_id, queries.compiled(version)))

    client.get("/calculator")
    assert client.page is not None
    for _public_id, pack in packs:
        answer = client.get("/calculator", query_string=as_answers(pack, pack.pack.cases[0]) or {"used": "0"})
        assert answer.status_code == 200, pack.pack.id
        assert f"{sum(len(one.pack.kinds) for _, one in packs)} 种券" in client.page.text
    for public_id, pack in packs:
        client.get(f"/schemes/{public_id}")
        assert not [rule.say for rule in pack.pack.rules() if rule.say not in client.page.text], pack.pack.id


def test_a_scheme_out_of_its_days_is_named_and_not_reckoned(app: Flask, client: PageClient, noon: datetime) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    in_force_whatever_it_says(actor, signer, at=noon, file=PACK, until=noon.date() - timedelta(days=1))

    client.get("/calculator")

    assert client.page is not None
    assert "今天不在有效期内" in client.page.text
    assert "算一算" not in client.page.text


def test_a_number_is_changed_in_the_form_and_the_comments_of_the_text_stay(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    (somebody, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    version = published(actor, signer, at=noon)
    sign_in(client, somebody)
    address = f"/office/schemes/versions/{version}/rules/cap-applicant-year"
    client.get(address)
    assert client.page is not None
    field = next(key for form in client.page.forms for key in form.names if key.endswith(".limit"))

    saved = client.submit({field: "40 万元"}, form=address)

    draft_id = saved.location.rsplit("/", 1)[1]
    text = PACK.read_text(encoding="utf-8")
    source = queries.get_version(draft_id).source
    assert (saved.status_code, draft_id != version) == (303, True)
    assert queries.get_version(version).state is VersionState.PUBLISHED
    differing = [(a, b) for a, b in zip(text.splitlines(), source.splitlines(), strict=True) if a != b]
    assert [b for _a, b in differing if "40 万元" in b]
    assert len(differing) == 1


def test_a_text_with_a_mistake_is_told_with_its_line_and_kept_in_the_form(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    somebody, actor = policy_officer(at=noon)
    address = f"/office/schemes/versions/{draft(actor, at=noon)}/text"
    sign_in(client, somebody)
    client.get(address)

    answer = client.submit({"text": "id: yuzhong-2025\ntitel: 甲"}, form=address)

    assert answer.status_code == 422
    assert client.page is not None
    assert "第 2 行：不认识“titel”" in client.page.text
    assert "titel: 甲" in client.page.text


def test_the_shipped_pack_is_offered_by_name() -> None:
    assert Path(PACK).stem == "yuzhong-2025"


def test_a_new_version_shows_rule_by_rule_what_differs_from_the_one_in_force(
    app: Flask, client: PageClient, noon: datetime
) -> None:
    (somebody, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    published(actor, signer, at=noon)
    text = PACK.read_text(encoding="utf-8").replace("working_days: 5", "working_days: 7", 1)
    address = f"/office/schemes/versions/{draft(actor, at=noon, text=text)}"
    sign_in(client, somebody)

    client.get(address)

    assert client.page is not None
    assert "与执行中的第 1 版相比" in client.page.text
    assert "1 处不同" in client.page.text
    assert "提高 40%" in client.page.text
    assert "新版本只对以后的窗口起作用" in client.page.text


def test_the_drafting_page_numbers_its_lines_and_leads_to_them(app: Flask, client: PageClient, noon: datetime) -> None:
    somebody, actor = policy_officer(at=noon)
    sign_in(client, somebody)

    answer = client.get(f"/office/schemes/versions/{draft(actor, at=noon)}/text")

    assert client.page is not None
    to_lines = [link for link in client.page.links() if link.startswith("#line-")]
    assert to_lines
    assert all(f'id="{link[1:]}"' in answer.text for link in to_lines)
    assert 'wrap="off"' in answer.text


def test_the_review_is_read_by_overseers_who_write_nothing(app: Flask, client: PageClient, noon: datetime) -> None:
    (_, actor), (_, signer) = policy_officer(at=noon), policy_officer(at=noon, name="林审")
    version = published(actor, signer, at=noon)
    sign_in(client, make_user(Role.OVERSEER, at=noon, name="监督人"))

    client.get("/office/schemes/versions/fairness")
    assert client.page is not None
    assert "符合审查标准，可以出台" in client.page.text
    client.get(f"/office/schemes/versions/{version}/fairness")

    assert {"陈策", "林审"} <= {name for name in ("陈策", "林审") if name in client.page.text}
    assert "资金由本区财政承担，限定本区企业。" in client.page.text
    assert client.get(f"/office/schemes/versions/{version}").status_code == 403
    assert client.get(f"/office/schemes/versions/{version}/fairness/answers").status_code == 403
