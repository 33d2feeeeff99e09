"""B10: an original goes to those who may read it, whole, each time anew; no header of the asker changes that."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories.accounts import MAKER, make_user, sign_in
from tests.factories.parties import organisation, pdf_bytes, received_pdf
from tests.pages import PageClient
from vouchers.accounts.states import Role
from vouchers.db.transaction import transaction
from vouchers.files.services import Owner, keep
from vouchers.files.states import ArchiveClass

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def kept(app: Flask, noon: datetime) -> tuple[int, str, str]:
    """Whose an original is, its address, and its digest."""
    with transaction():
        own = organisation(1, actor=MAKER, at=noon).id
        organisation(2, actor=MAKER, at=noon)
        file = keep(
            received_pdf("营业执照.pdf", pdf_bytes()),
            owner=Owner(organisation_id=own),
            archive_class=ArchiveClass.CASE,
            actor=MAKER,
            at=noon,
        )
        return own, f"/files/{file.public_id}", file.sha256


def headers(digest: str) -> list[dict[str, str]]:
    """What a cache or a download manager sends."""
    return [
        {},
        {"Range": "bytes=0-3"},
        {"Range": "bytes=0-0,4-7", "If-Range": f'"{digest}"'},
        {"If-None-Match": "*"},
        {"If-None-Match": f'"{digest}"'},
        {"If-Modified-Since": "Fri, 31 Dec 2099 00:00:00 GMT"},
    ]


def test_the_owner_gets_the_whole_original_and_no_cache_keeps_it(
    client: PageClient, noon: datetime, kept: tuple[int, str, str]
) -> None:
    own, address, digest = kept
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=own))

    for sent in headers(digest):
        answer = client.get(address, headers=sent)
        assert (answer.status_code, answer.data) == (200, pdf_bytes()), sent
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "ETag" not in answer.headers


def test_nobody_else_learns_of_it_by_any_header(client: PageClient, noon: datetime, kept: tuple[int, str, str]) -> None:
    _, address, digest = kept
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=2))

    for sent in headers(digest):
        there, nothing = client.get(address, headers=sent), client.get("/files/" + "A" * 22, headers=sent)
        assert (there.status_code, nothing.status_code) == (404, 404), sent
        assert pdf_bytes()[:20] not in there.data


def test_after_signing_out_it_is_gone_like_the_pages_before(
    client: PageClient, noon: datetime, kept: tuple[int, str, str]
) -> None:
    own, address, digest = kept
    sign_in(client, make_user(Role.HANDLER, at=noon, organisation_id=own))
    before = client.get(address).status_code
    client.get("/account")
    client.submit(form="/sign-out")

    for sent in headers(digest):
        for page in (address, "/account"):
            answer = client.get(page, headers=sent)
            assert (answer.status_code, answer.location[:8]) == (303, "/sign-in"), sent
            assert answer.headers["Cache-Control"] == "no-store"
            assert pdf_bytes()[:20] not in answer.data
    assert before == 200
