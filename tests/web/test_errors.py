import errno
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests

from tests.pages import PageClient
from tests.web.gallery import make_gallery
from vouchers.db.filters import MalformedList
from vouchers.db.writing import Busy, OutcomeUnknown, StorageFull
from vouchers.kernel.errors import Conflict, NotFound, NotPermitted, RuleViolation
from vouchers.kernel.findings import Finding

VIOLATION = RuleViolation(
    [Finding("CAP", "金额超过 {cap} 元，", {"cap": "100"}, "请改小后再提交。", "第七条", "amount")]
)
PROBLEM = "application/problem+json"


class DriverFault(Exception):
    def __init__(self, words: str, sqlstate: str | None = None) -> None:
        super().__init__(words)
        self.sqlstate = sqlstate


def database(words: str, sqlstate: str | None = None) -> OperationalError:
    return OperationalError("UPDATE …", {}, DriverFault(words, sqlstate))


REFUSALS: list[tuple[Exception, int, str]] = [
    (NotFound(), 404, "没有找到"),
    (NotPermitted(), 403, "没有办理权限"),
    (Conflict("secret: state"), 409, "已经过时"),
    (VIOLATION, 422, "金额超过 100 元，请改小后再提交。"),
    (MalformedList("没有这种排序，请点表头排序"), 400, "没有这种排序"),
    (RequestEntityTooLarge(), 413, "20 MB"),
    (TooManyRequests(retry_after=60), 429, "60 秒"),
    (Busy(), 503, "系统正忙"),
    (PoolTimeoutError(), 503, "系统正忙"),
    (StorageFull(), 507, "存储空间已满"),
    (OutcomeUnknown(), 503, "还不能确定"),
    (OSError(errno.ENOSPC, "secret"), 507, "存储空间已满"),
    (OSError(errno.EIO, "secret"), 503, "系统正忙"),
    (FileNotFoundError("secret"), 500, "系统出错了"),
    (database("database or disk is full"), 507, "存储空间已满"),
    (database("could not extend file", "53100"), 507, "存储空间已满"),
    (database('connection to server on socket "secret" failed: Connection refused'), 503, "系统正忙"),
    (database("terminating connection due to administrator command", "57P01"), 503, "系统正忙"),
    (database("database is locked"), 503, "系统正忙"),
    (database("deadlock detected", "40P01"), 503, "系统正忙"),
    (database("canceling statement", "55P03"), 503, "系统正忙"),
    (database("no such table: secret"), 500, "系统出错了"),
    (DataError("SELECT", {}, DriverFault("integer out of range", "22003")), 400, "请求不完整"),
    (StaleDataError("secret"), 409, "已经过时"),
    (ZeroDivisionError("secret"), 500, "系统出错了"),
]


@pytest.fixture(params=REFUSALS, ids=lambda case: f"{type(case[0]).__name__}-{case[1]}")
def refusal(request: pytest.FixtureRequest) -> tuple[Flask, int, str]:
    error, status, words = request.param
    return app_that(lambda: error), status, words


def app_that(make: Callable[[], Exception]) -> Flask:
    app = make_gallery()

    def refuse() -> str:
        raise make()

    app.add_url_rule("/refuse", "refuse", refuse)
    return app


def test_each_refusal_has_its_status_and_a_page_that_helps(refusal: tuple[Flask, int, str]) -> None:
    app, status, words = refusal
    client = PageClient(app)

    answer = client.get("/refuse")

    assert answer.status_code == status
    assert client.page is not None
    assert words in client.page.text
    assert "怎么办" in client.page.text
    assert answer.headers["X-Request-Id"] in client.page.text
    assert "secret" not in client.page.text


def test_each_refusal_is_a_problem_document_for_scripts(refusal: tuple[Flask, int, str]) -> None:
    app, status, _ = refusal

    answer = app.test_client().get("/refuse", headers={"Accept": "application/json"})

    assert (answer.status_code, answer.content_type) == (status, PROBLEM)
    document = answer.get_json()
    assert document["status"] == status
    assert document["code"]
    assert document["request_id"] == answer.headers["X-Request-Id"]
    assert "secret" not in answer.text


def test_what_can_be_tried_again_says_when() -> None:
    busy = app_that(Busy).test_client().get("/refuse")
    often = app_that(lambda: TooManyRequests(retry_after=60)).test_client().get("/refuse")

    assert (busy.headers["Retry-After"], often.headers["Retry-After"]) == ("5", "60")


def test_findings_reach_scripts_with_their_codes() -> None:
    client = app_that(lambda: VIOLATION).test_client()

    document = client.get("/refuse", headers={"Accept": PROBLEM}).get_json()

    assert document["findings"] == [
        {
            "code": "CAP",
            "message": "金额超过 100 元，请改小后再提交。",
            "message_en": "金额超过 100 元，请改小后再提交。",  # nobody translated this one
            "clause": "第七条",
            "field": "amount",
            "params": {"cap": "100"},
        }
    ]


def test_a_page_that_takes_no_form_says_which_methods_it_takes(gallery: Flask) -> None:
    answer = gallery.test_client().get("/csp-report")

    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"OPTIONS", "POST"})


def test_even_a_broken_error_page_tells_the_number() -> None:
    app = app_that(ZeroDivisionError)
    app.jinja_env.globals.pop("page_language")

    answer = app.test_client().get("/refuse")

    assert answer.status_code == 500
    assert answer.headers["X-Request-Id"] in answer.text


def test_the_way_back_is_the_page_one_came_from() -> None:
    client = PageClient(app_that(Conflict))

    client.get("/refuse", headers={"Referer": "http://localhost/gallery?page=2"})
    assert client.page is not None
    own = client.page.links()
    client.get("/refuse", headers={"Referer": "http://evil.example/x"})

    assert "/gallery?page=2" in own
    assert not any("evil" in link for link in client.page.links())
