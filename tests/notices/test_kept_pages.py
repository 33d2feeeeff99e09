"""Public pages are drawn once and handed out until something happens; nobody gets what is another's."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError

from tests.factories.accounts import PASSWORD
from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.notices import make_noticed
from tests.pages import PageClient
from vouchers.accounts.visitors import MOST_PAGES, Kept, Shelf
from vouchers.audit.queries import head, head_now
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.kernel.actor import command
from vouchers.notices import queries as notices
from vouchers.notices import services
from vouchers.notices.models import NoticeEntry, PublicNotice
from vouchers.notices.states import NoticeState

LIST = "/notices/"


@pytest.fixture
def ground(app: Flask, clock: Path, noon: datetime) -> Ground:
    ground = make_ground(at=noon)
    make_noticed(ground, make_applicant(at=noon), at=noon)
    return ground


@contextmanager
def statements() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.database
@pytest.mark.usefixtures("ground")
def test_the_second_visitor_costs_no_question_but_that_for_the_head(app: Flask) -> None:
    first = app.test_client().get(LIST)
    with statements() as asked:
        second = app.test_client().get(LIST)

    assert second.text == first.text
    assert asked == []  # the head is asked of the driver, which is not listened to here


@pytest.mark.database
def test_the_head_of_this_instant_is_seen_beside_an_older_moment(app: Flask, noon: datetime) -> None:
    before = head()
    with app.app_context(), transaction():  # a session of its own
        record("test.event", Subject("test", "1"), actor=command("test"), at=noon)

    assert head_now()[0] == before[0] + 1
    db.session.rollback()
    assert head_now() == head()


def test_trouble_with_the_head_comes_out_as_it_does_everywhere(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_head RENAME TO gone"))

    with pytest.raises(DBAPIError):
        head_now()


@pytest.mark.database
def test_a_notice_that_is_taken_down_is_gone_at_once(app: Flask, ground: Ground, noon: datetime) -> None:
    public_id = notices.published({}).rows[0].public_id
    db.session.rollback()
    paths = (LIST, f"/notices/{public_id}")
    before = [app.test_client().get(path).text for path in paths]

    with transaction():
        version = notices.get(public_id).version
        services.withdraw_notice(
            public_id, "名单金额有误，更正后重新公示", actor=ground.officer("first"), at=noon, seen_version=version
        )
    after = [app.test_client().get(path).text for path in paths]

    assert all(f"/notices/{public_id}" in text or "还剩" in text for text in before)
    assert "还没有公示" in after[0]
    assert "本期公示已撤下" in after[1]


@pytest.mark.usefixtures("ground")
def test_the_days_left_are_those_of_today(app: Flask, clock: Path, noon: datetime) -> None:
    path = f"/notices/{notices.published({}).rows[0].public_id}"
    db.session.rollback()
    shown = [app.test_client().get(path).text]
    clock.write_text((noon + timedelta(days=1)).isoformat())
    shown.append(app.test_client().get(path).text)

    assert ["5 个工作日" in shown[0], "4 个工作日" in shown[1]] == [True, True]


@pytest.mark.usefixtures("ground")
def test_a_browser_that_has_the_page_is_told_so_until_something_happens(app: Flask, noon: datetime) -> None:
    browser = app.test_client()
    answer = browser.get(LIST)
    tag = answer.headers["ETag"]

    again = browser.get(LIST, headers={"If-None-Match": tag})
    with transaction():
        notice = db.session.get_one(PublicNotice, 1)
        notice.title = "另一个标题"
        record("test.rename", Subject("notice", notice.public_id), actor=command("test"), at=noon)
    changed = browser.get(LIST, headers={"If-None-Match": tag})

    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200
    assert "另一个标题" in changed.text


@pytest.mark.usefixtures("ground")
def test_each_language_and_size_of_letters_has_a_page_of_its_own(app: Flask) -> None:
    pages = []
    for cookie, value in (("lang", "zh"), ("lang", "en"), ("large", "1")):
        browser = app.test_client()
        browser.set_cookie(cookie, value)
        pages += [browser.get(LIST).text, browser.get(LIST).text]

    assert pages[0::2] == pages[1::2]
    assert len(set(pages)) == 3


def test_whoever_is_signed_in_gets_a_page_of_their_own(app: Flask, ground: Ground) -> None:
    """Their name and form token stand on it, so neither is it kept nor do they get a kept one."""
    browser = PageClient(app)
    browser.get("/sign-in")
    browser.submit({"sign_in": ground.officers["first"].sign_in, "password": PASSWORD}, form="/sign-in")
    visitor = app.test_client().get(LIST).text  # kept from now on
    answer = browser.get(LIST)

    assert 'name="csrf_token"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers
    assert app.test_client().get(LIST).text == visitor


@pytest.mark.usefixtures("ground")
def test_what_is_said_once_to_one_visitor_is_not_said_to_the_next(app: Flask) -> None:
    told = app.test_client()
    told.get("/office/queue")  # 请先登录
    first, second = told.get(LIST), app.test_client().get(LIST)

    assert "请先登录" in first.text
    assert first.headers["Cache-Control"] == "no-store"
    assert "请先登录" not in second.text


def test_so_many_pages_and_no_more_are_kept() -> None:
    shelf, page = Shelf(), Kept(("head",), b"", "")
    for number in range(MOST_PAGES + 1):
        shelf.keep((str(number),), page)
        shelf.find(("0",), ("head",))  # asked for again and again

    assert shelf.find(("0",), ("head",)) is page
    assert shelf.find(("1",), ("head",)) is None
    assert shelf.find((str(MOST_PAGES),), ("head",)) is page
    assert shelf.find(("0",), ("another",)) is None


@pytest.mark.database
@pytest.mark.usefixtures("ground")
def test_notices_are_turned_page_by_page_with_their_sums(client: PageClient, noon: datetime) -> None:
    pattern = notices.published({}).rows[0]
    scheme_id = notices.get(pattern.public_id).scheme_id
    db.session.rollback()
    with transaction():
        for number in range(60):
            notice = PublicNotice(
                number=f"T-{number:03d}",
                scheme_id=scheme_id,
                title=f"第 {number} 批",
                state=NoticeState.OPEN,
                opens_on=noon.date() - timedelta(days=number + 1),
                closes_on=noon.date() + timedelta(days=7),
                is_provisional=False,
                opened_by="测试",
                created_at=noon,
            )
            db.session.add(notice)
        record("test.notices", Subject("notice", "all"), actor=command("test"), at=noon)

    client.get(LIST)
    assert client.page
    onward = next(link for link in client.page.links() if "cursor=" in link)
    first = client.page.text
    client.get(onward)
    second = client.page.text

    assert f"共 {61} 条" in first
    assert ["第 0 批" in first, "第 59 批" in first, "第 59 批" in second, "第 0 批" in second] == [
        True,
        False,
        True,
        False,
    ]
    entry = db.session.get_one(NoticeEntry, 1)
    assert (pattern.count, pattern.fen) == (1, entry.amount)
