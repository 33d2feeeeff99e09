"""An enterprise applies by hand: looks, fills in, uploads, confirms, watches."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from tests.factories.applications import Ground, make_applicant, make_ground
from tests.factories.enterprises import PASSWORD
from tests.factories.parties import pdf_bytes
from tests.pages import PageClient


@pytest.fixture
def ground(app: Flask, clock: Path, noon: datetime) -> Ground:
    return make_ground(at=noon)


def sign_in(client: PageClient, name: str) -> None:
    client.get("/sign-in")
    answer = client.submit({"sign_in": name, "password": PASSWORD}, form="/sign-in")
    assert answer.status_code == 303, client.page and client.page.text


def upload(client: PageClient, address: str, name: str) -> None:
    client.get(address)
    answer = client.submit({"file": (BytesIO(pdf_bytes() + name.encode()), f"{name}.pdf")}, form=address)
    assert answer.status_code == 303, client.page and client.page.text


def test_an_enterprise_applies_from_the_first_look_to_the_receipt(
    client: PageClient, ground: Ground, noon: datetime
) -> None:
    make_applicant(at=noon)
    sign_in(client, "qiye1")

    client.get("/enterprise/eligibility")
    assert client.page
    assert "算力券" in client.page.text
    assert client.get(f"/enterprise/windows/{ground.window}").status_code == 200
    case = client.submit(form=f"/enterprise/windows/{ground.window}").location
    client.get(f"{case}/sections/need")
    assert client.submit({"fact_planned_net": "80000"}, form=f"{case}/sections/need").status_code == 303
    client.get(f"{case}/sections/support")
    client.submit({"fact_other_support_contract": "0"}, form=f"{case}/sections/support")
    for paper in ("licence", "size-proof", "need-statement"):
        upload(client, f"{case}/documents/{paper}", paper)
    client.get(case)
    assert client.page
    assert "¥30,000.00" in client.page.text
    client.get(f"{case}/submit")
    assert client.submit(form=f"{case}/submit").status_code == 303
    client.get(case)

    assert "待受理" in client.page.text
    assert client.get(f"{case}/receipt").status_code == 200
    assert "qiye1" not in client.page.text
