"""Hostile addresses: ways back that leave the site, forged hosts, line breaks for headers, SQL in every parameter."""

import re
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask, Request, request
from hypothesis import example, given, settings
from hypothesis import strategies as st
from waitress.server import create_server
from werkzeug.datastructures import Headers
from werkzeug.test import Client, EnvironBuilder

from tests.databases import SETTINGS
from tests.hostile import SIEGE
from tests.hostile.crowd import VISITOR, Crowd
from tests.hostile.walk import Answered, Walk
from tests.pages import read_page
from tests.serving import running
from vouchers import config
from vouchers.cli.server import limits
from vouchers.web.display import own_address
from vouchers.web.downloads import disposition

ELSEWHERE = (
    *("//e", "///e", "/\\e", "\\/e", "https:e", "https:/e", "https://e/", "javascript:alert(1)", "data:text/html,x"),
    *("/\t/e", "\t//e", " //e", "/\n/e", "/\r\nSet-Cookie: a=b", "//[", "http://[", "//e@localhost/", "@e", "e", ""),
    *("/" * 2_001, "/\x00", "/\u2028e", "//%65", "HTTPS://E", "//localhost@e/", "/\u202ee"),
)
INJECTIONS = (
    *("'", '"', "' OR '1'='1", "'; DROP TABLE vouchers; --", "%' OR 1=1 --", "1 OR 1=1", "') UNION SELECT 1 --", "\\"),
    *("${jndi:x}", "%", "_", "\x00", "x" * 5_000, "-1", "99999999999999999999", "2026-99-99", "name; --", "\ud7ff"),
)
SORTS = ("id; DROP TABLE vouchers", "-'", "1", "password_hash", "__class__", "--")


Parameters = list[tuple[str, str, str]]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_way_back_leads_elsewhere(target: str) -> None:
    assert own_address(target) == ""


@settings(deadline=None)
@given(st.text(alphabet="/\\:@.#?%[]eE \t\n\u2028hxps", max_size=12))
@example("/\\evil")
@example("/.//e")
def test_a_way_back_is_a_path_of_this_site(target: str) -> None:
    kept = own_address(target)

    assert kept in {"", target}
    if kept:
        assert re.match(r"/(?![/\\])[^\\\s]*$", kept.replace(" ", ""))
        assert urlsplit("http://localhost" + kept).netloc == "localhost"


@pytest.mark.parametrize("target", [*ELSEWHERE, "/%0d%0aSet-Cookie:a=b", "/x?a=%0d%0ab", "/\u4e2d"])
def test_no_page_sends_its_reader_elsewhere(crowd: Crowd, target: str) -> None:
    """Every page that takes a way back: what stands in `Location` or in a hidden field stays here."""
    for address, name in (("/language/zh", "back"), ("/display/normal", "back"), ("/sign-in", "next")):
        answer = crowd.ask(VISITOR, address, query_string={name: target})
        location = answer.headers.get("Location", "/")
        assert answer.status_code in {200, 303}
        assert location.startswith("/")
        assert location[1:2] not in {"/", "\\"}
        assert [name for name in answer.headers if name[0] == "Set-Cookie" and "a=b" in name[1]] == []
        assert 'value="//' not in answer.text


@pytest.mark.parametrize("referrer", ["http://[", "//[", "http://evil.example/x", "http://localhost//e", "x" * 9_000])
def test_a_forged_referrer_is_no_way_back(crowd: Crowd, referrer: str) -> None:
    answer = crowd.ask(VISITOR, "/nowhere", headers={"Referer": referrer})

    assert answer.status_code == 404
    assert "evil.example" not in answer.text
    assert answer.headers["X-Request-Id"] in answer.text


FORGED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
    "X-Original-URL": "/office/",
    "X-HTTP-Method-Override": "DELETE",
}


def test_headers_of_a_proxy_count_only_when_there_is_one(crowd: Crowd) -> None:
    address = "/enterprise/?a=1"
    plain, forged = crowd.ask(VISITOR, address), crowd.ask(VISITOR, address, headers=FORGED)

    assert (forged.status_code, forged.location) == (plain.status_code, plain.location)
    assert "Strict-Transport-Security" not in forged.headers
    assert "evil.example" not in crowd.ask(VISITOR, "/", headers=FORGED).text


def test_in_production_only_the_public_name_is_answered(crowd: Crowd) -> None:
    app = _production(crowd, TRUSTED_PROXIES="0")

    for host in ("evil.example", "suanli.example.gov.cn.evil.example", "suanli.example.gov.cn@evil", "[", "a b"):
        answer = Client(app).open(EnvironBuilder("/privacy", headers=Headers([("Host", host)])))
        assert answer.status_code == 400, host
    good = Client(app).open("/privacy", headers={"Host": "suanli.example.gov.cn", **FORGED})
    assert good.status_code == 200
    assert "evil.example" not in good.text


def test_behind_one_proxy_only_its_own_word_counts(crowd: Crowd) -> None:
    """Whatever a client wrote before the proxy's own entry is not believed; a forged host is refused."""
    app, seen = _production(crowd, TRUSTED_PROXIES="1"), list[tuple[str | None, str]]()
    app.before_request(lambda: seen.append((_asked().remote_addr, _asked().host)))
    headers = {"Host": "suanli.example.gov.cn", "X-Forwarded-For": "1.1.1.1, 203.0.113.9", "X-Forwarded-Proto": "https"}

    Client(app).open("/privacy", headers=headers)
    forged = Client(app).open("/privacy", headers={**headers, "X-Forwarded-Host": "evil.example"})

    assert seen[0] == ("203.0.113.9", "suanli.example.gov.cn")
    assert forged.status_code == 400


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", "203.0.113.9")])
def test_the_server_hands_on_what_a_proxy_says_only_when_there_is_one(crowd: Crowd, proxies: str, seen: str) -> None:
    app, found = _production(crowd, TRUSTED_PROXIES=proxies), list[str | None]()
    app.before_request(lambda: found.append(_asked().remote_addr))

    with running(create_server(app, host="127.0.0.1", port=0, **limits(app))) as (host, port):
        line = HTTPConnection(host, port, timeout=10)
        line.request("GET", "/privacy", headers={"Host": "suanli.example.gov.cn", "X-Forwarded-For": "203.0.113.9"})
        assert line.getresponse().status == 200
        line.close()

    assert found == [seen]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60), st.sampled_from(["\r\n", "\n", "\r"]))
def test_a_file_name_adds_no_header(name: str, line_break: str) -> None:
    header = disposition(f"{name}{line_break}Set-Cookie: a=b{line_break}{line_break}<script>.pdf")

    assert header.isascii()
    assert header.isprintable()
    Headers().add("Content-Disposition", header)  # refuses a line break


@pytest.fixture(scope="module")
def parameters(walked: Walk) -> Parameters:
    """Role, address and name of every parameter that pages themselves offer in links and forms."""
    found = dict[tuple[str, str], str]()
    for one in walked.pages():
        for address, name in _offered(one) if one.status == 200 else ():
            if not address.startswith(("/language", "/display", "/static")):
                found.setdefault((address, name), one.role)
    return [(role, address, name) for (address, name), role in found.items()]


def _offered(one: Answered) -> Iterator[tuple[str, str]]:
    """Address and name of what the forms and links of a page send along."""
    if b"<form" not in one.body:
        return
    page, own = read_page(one.body.decode(), path=one.where, headers=one.headers), urlsplit(one.address).path
    yield from ((own, name) for form in page.forms if form.method == "get" for name in form.names)
    for link in page.links():
        if link.startswith(("/", "?")) and "?" in link:
            yield from ((urlsplit(link).path or own, name) for name, _ in parse_qsl(urlsplit(link).query))


def test_line_breaks_in_any_parameter_add_no_header(parameters: Parameters, crowd: Crowd) -> None:
    for role, address, name in parameters:
        answer = crowd.ask(role, address, query_string={name: "x\r\nSet-Cookie: forged=1"})
        assert answer.status_code < 500
        assert not [value for key, value in answer.headers if "forged" in value and key != "Location"]
        assert "\n" not in answer.headers.get("Location", "")


def test_sql_in_any_parameter_finds_and_changes_nothing(parameters: Parameters, crowd: Crowd) -> None:
    """Every parameter of every page: those of its forms, its column heads and its links."""
    before, wrong = crowd.business(), []
    for place, (role, address, name) in enumerate(parameters):
        attempts = INJECTIONS + (SORTS if name in {"sort", "cursor"} else ())
        for text in attempts if SIEGE else attempts[place % 8 :: 8]:
            answer = crowd.ask(role, address, query_string={name: text}, headers={"Accept": "text/html"})
            if answer.status_code not in {200, 303, 400, 404, 422}:
                wrong.append(f"{role} {address} {name}={text[:30]!r} → {answer.status_code}")

    assert len(parameters) > 40
    assert not wrong
    assert crowd.business() == before


@pytest.mark.parametrize("text", ["' OR '1'='1", "%", "_", "%' OR 1=1 --", "\\"])
def test_a_search_for_sql_finds_no_more_than_it_says(walked: Walk, crowd: Crowd, text: str) -> None:
    """No voucher's code, holder or number holds these signs: the list is empty, not everything."""
    role, address = next(iter(walked.examples["issuance_office.list_vouchers"].items()))

    rows = [
        len(list(read_page(answer.text, path=address, headers=dict(answer.headers)).tree.iter("tr")))
        for answer in (
            crowd.ask(role, urlsplit(address).path),
            crowd.ask(role, urlsplit(address).path, query_string={"q": text}),
        )
    ]

    assert rows[0] > 5
    assert rows[1] <= 1


def _production(crowd: Crowd, **given_settings: str) -> Flask:
    from vouchers.factory import create_app  # noqa: PLC0415  tests of pure rules need not wait for the whole application

    environ = {**SETTINGS, "APP_ENV": "production", "PUBLIC_URL": "https://suanli.example.gov.cn", **given_settings}
    instance = crowd.app.config["SETTINGS"].instance / "production"  # the pages asked for here read no table
    return create_app(config.load({**environ, "DATABASE_URL": f"sqlite:///{instance}/empty.db"}, instance))


def _asked() -> Request:
    return request
