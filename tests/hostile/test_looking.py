"""Looking at pages: nothing changes, every answer is armoured, no page holds code or leads to somebody else."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select

from tests.hostile.crowd import VISITOR, Crowd
from tests.hostile.walk import MACHINES, Answered, Walk, endpoint_of, get_rules
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.web.security import FILE_POLICY, HEADERS, PAGE_POLICY

_INLINE = re.compile(
    r"<style\b|<script\b(?![^>]*\bsrc=)|\sstyle\s*=\s*[\"']|<[a-z][^>]*\son[a-z]+\s*=|(?:href|src|action)=[\"']\s*(?:javascript|data|vbscript):",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"""<[a-z][^>]*?\b(?:href|src|action|formaction|srcset|poster|cite|background)="([^"]*)\"""")
_ANCHOR = re.compile(r'<a\b[^>]*?\bhref="(/[^"]*)"')
_OUTSIDE = frozenset({"beian.miit.gov.cn", "beian.mps.gov.cn"})


UNLINKED = frozenset({  # whoever goes there has the address from a console, a mail or an act that was just done
    "settlement_comparing.confirm_comparison", "settlement_comparing.return_comparison", "signin_office.invite",
    "signin_office.unlink", "signin_public.set_password",
})  # fmt: skip
ELSEWHERE = frozenset({  # of schemes that the demonstration does not run; the access matrix asks them of everybody
    "policy_simulating.draw_plot", "policy_simulating.show_simulation", "redemption_enterprise.new_claim",
    "redemption_enterprise.revise_claim", "review_office.answer_lift", "review_office.propose_lift",
    "review_public.show_ranking", "review_ranking.draw", "review_ranking.settle", "review_ranking.show_ranking",
    "review_scoring.download", "review_scoring.recuse", "review_scoring.score_case", "review_skipped.make_good",
})  # fmt: skip
KEPT = frozenset({"notices_public.list_notices", "notices_public.show_notice"})  # the same for every visitor


def test_the_walk_reaches_nearly_every_page(walked: Walk, crowd: Crowd) -> None:
    """A page nobody can reach is not looked at: what stays away needs a state the demonstration is not in."""
    rules = {rule.endpoint for rule in get_rules(crowd) if not rule.endpoint.startswith(MACHINES)}
    missed = rules - {one.endpoint for one in walked.answers}

    assert missed >= UNLINKED | ELSEWHERE  # what is visited after all needs no excuse
    assert len(missed - UNLINKED - ELSEWHERE) <= 0.18 * len(rules), sorted(missed)


def test_looking_changes_nothing(walked: Walk) -> None:
    assert len(walked.before) > 30
    assert walked.after == walked.before


def test_no_look_ends_in_a_fault(walked: Walk) -> None:
    assert not [one.where for one in walked.answers if one.status >= 500]


def test_no_page_leads_anybody_to_one_that_is_closed_to_them(walked: Walk, crowd: Crowd) -> None:
    roles = {role.value: ROLES[role] for role in Role}
    closed = set()
    for page in walked.pages():
        for link in _ANCHOR.findall(page.body.decode()) if page.status == 200 and page.role in roles else ():
            endpoint = endpoint_of(crowd, unescape(link))
            asked = getattr(crowd.app.view_functions.get(endpoint), "required_permission", None)
            if asked is not None and asked not in roles[page.role]:
                closed.add(f"{page.role}: {page.endpoint} → {endpoint}")

    assert not closed


def test_every_answer_carries_the_headers(walked: Walk, crowd: Crowd) -> None:
    others = [
        _unwalked(crowd, method, address, body)
        for method, address, body in (
            ("GET", "/no-such-page", b""),
            ("GET", "/static/css/tokens.css", b""),
            ("GET", "/static/no-such-file", b""),
            ("POST", "/privacy", b""),
            ("POST", "/sign-in", b"x" * 600_000),
            ("PUT", "/sign-in", b""),
            ("OPTIONS", "/", b""),
            ("HEAD", "/", b""),
        )
    ]

    bare = [f"{one.where}: {name}" for one in [*walked.answers, *others] for name in _missing_headers(one)]
    assert not bare
    assert {404, 405, 413, 200} <= {one.status for one in others}


def test_a_fault_carries_the_headers_and_tells_nothing(crowd: Crowd) -> None:
    """A page of an application of its own, broken on purpose: the shell around it is the product's."""
    broken = crowd.app.view_functions["web_public.privacy"]
    crowd.app.view_functions["web_public.privacy"] = lambda: str(1 // 0)
    try:
        answer = _unwalked(crowd, "GET", "/privacy", b"")
    finally:
        crowd.app.view_functions["web_public.privacy"] = broken

    assert answer.status == 500
    assert _missing_headers(answer) == []
    assert b"Traceback" not in answer.body
    assert b"ZeroDivision" not in answer.body


def test_pages_hold_no_code_and_no_style(walked: Walk) -> None:
    inline = [
        f"{one.where}: {found[0][:80]}" for one in walked.pages() for found in _INLINE.finditer(one.body.decode())
    ]

    assert not inline


def test_pages_load_and_lead_nowhere_else(walked: Walk) -> None:
    strangers = {
        f"{one.endpoint}: {address}"
        for one in walked.pages()
        for address in _ADDRESS.findall(one.body.decode())
        if urlsplit(address).netloc not in {"", "localhost", *_OUTSIDE}
    }

    assert not strangers


def test_downloads_are_saved_and_never_shown(walked: Walk) -> None:
    files = [one for one in walked.answers if one.is_file]

    assert {one.endpoint.split(".")[1] for one in files} >= {
        "download",
        "export_cases",
        "export_awarded",
        "export_vouchers",
        "download_statement",
    }
    for one in files:
        assert one.headers["Content-Disposition"].startswith("attachment; filename="), one.where
        assert one.headers["Content-Security-Policy"] == FILE_POLICY, one.where
        assert one.headers["Content-Type"].split(";")[0] not in {"text/html", "image/svg+xml"}, one.where
        assert "no-store" in one.headers["Cache-Control"], one.where


def test_whoever_takes_something_out_leaves_an_event(walked: Walk, crowd: Crowd) -> None:
    """Every export, and every paper handed to somebody it does not belong to; one's own papers are one's own."""
    files = {one.endpoint: one for one in walked.answers if one.is_file}

    for one in files.values():
        before = _events(crowd)
        assert crowd.get(one.role, one.address).status_code == 200
        assert len(_events(crowd)) == len(before) + 1, one.where
        [event] = _events(crowd)[len(before) :]
        assert event.act.endswith((".export", ".read")), one.where
        assert (event.actor_role, bool(event.subject_id), bool(event.reason)) == (one.role, True, True)


def _events(crowd: Crowd) -> list[AuditEvent]:
    with crowd.app.app_context():
        return list(db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq)))


def _missing_headers(one: Answered) -> list[str]:
    wrong = [name for name, value in HEADERS.items() if one.headers.get(name) != value]
    if one.headers.get("Content-Security-Policy") not in {PAGE_POLICY, FILE_POLICY}:
        wrong.append("Content-Security-Policy")
    if "X-Request-Id" not in one.headers:
        wrong.append("X-Request-Id")
    is_everybodys = one.role == VISITOR and one.endpoint in KEPT and b"csrf_token" not in one.body
    keeping = {"no-store", "private, no-cache"} if is_everybodys else {"no-store"}
    if not one.address.startswith("/static/css") and one.headers.get("Cache-Control") not in keeping:
        wrong.append("Cache-Control")
    return wrong


def _unwalked(crowd: Crowd, method: str, address: str, body: bytes) -> Answered:
    sent: dict[str, Any] = {"method": method, "data": body, "headers": {"Sec-Fetch-Site": "same-origin"}}
    with crowd.browser(VISITOR).open(address, **sent) as reply:
        return Answered(VISITOR, "", address, reply.status_code, dict(reply.headers), reply.get_data())
