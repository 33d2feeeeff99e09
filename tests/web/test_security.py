import io

import pytest
from flask import Flask

from tests.pages import PageClient
from vouchers.web.security import MOST_BODY, PAGE_POLICY


@pytest.mark.parametrize("path", ["/gallery", "/nope", "/privacy", "/static/css/tokens.css", "/csp-report"])
def test_every_answer_carries_the_headers(gallery: Flask, path: str) -> None:
    with gallery.test_client().get(path) as answer:
        headers = answer.headers

    assert headers["Content-Security-Policy"] == PAGE_POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert len(headers["X-Request-Id"]) >= 16
    assert "Strict-Transport-Security" not in headers


def test_https_is_remembered_by_browsers(gallery: Flask) -> None:
    answer = gallery.test_client().get("/privacy", base_url="https://localhost")

    assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_pages_are_not_kept_and_named_styles_are(gallery: Flask) -> None:
    client = gallery.test_client()
    page = client.get("/privacy")
    sheet = next(part for part in page.text.split('"') if "components.css?v=" in part)

    with client.get(sheet) as kept:
        policy = kept.headers["Cache-Control"]

    assert page.headers["Cache-Control"] == "no-store"
    assert "immutable" in policy


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 400),
        ({"Sec-Fetch-Site": "none"}, 400),
        ({"Origin": "http://localhost"}, 400),
        ({}, 400),
    ],
)
def test_what_another_site_sends_is_refused_before_the_form_token(
    gallery: Flask, headers: dict[str, str], status: int
) -> None:
    answer = gallery.test_client().post("/gallery", data={"net": "1"}, headers=headers)

    assert answer.status_code == status


def test_another_site_is_refused_even_where_there_is_no_page(gallery: Flask) -> None:
    answer = gallery.test_client().post("/nope", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_a_body_beyond_the_limit_is_refused_in_words(gallery: Flask) -> None:
    answer = gallery.test_client().post(
        "/gallery",
        input_stream=io.BytesIO(b"net=1"),
        environ_overrides={"CONTENT_LENGTH": str(MOST_BODY + 1)},
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 413
    assert "25 MB" in answer.text


def test_a_form_of_very_many_fields_is_refused(gallery: Flask) -> None:
    many = {f"f{n}": "x" for n in range(400)}

    answer = gallery.test_client().post("/gallery", data=many, content_type="multipart/form-data")

    assert answer.status_code == 413


def test_a_browser_may_report_what_it_refused_without_a_token(gallery: Flask) -> None:
    client = gallery.test_client()

    short = client.post("/csp-report", data=b"{}", content_type="application/csp-report")
    long = client.post("/csp-report", data=b"x" * 10_000, content_type="application/csp-report")

    assert (short.status_code, long.status_code) == (204, 413)


def test_large_text_is_a_choice_that_stays(visitor: PageClient) -> None:
    visitor.get("/gallery")
    assert visitor.page is not None
    turn_on = next(link for link in visitor.page.links() if "/display/large" in link)

    answer = visitor.get(turn_on)
    page = visitor.get("/gallery")

    assert (answer.status_code, answer.location) == (303, "/gallery")
    assert 'class="is-large"' in page.text
    assert "退出长者模式" in page.text


def test_english_is_a_choice_that_stays(visitor: PageClient) -> None:
    visitor.get("/language/en?back=/gallery")

    assert '<html lang="en"' in visitor.get("/gallery").text


@pytest.mark.parametrize("path", ["/display/huge", "/language/fr"])
def test_a_choice_that_does_not_exist_is_not_found(gallery: Flask, path: str) -> None:
    assert gallery.test_client().get(path).status_code == 404


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1", "/a\nb"]
)
def test_the_way_back_never_leaves_the_site(gallery: Flask, back: str) -> None:
    answer = gallery.test_client().get("/language/zh", query_string={"back": back})

    assert answer.location == "/"
