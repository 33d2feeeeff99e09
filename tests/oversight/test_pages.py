"""An overseer reads a decision with its reasons: as applicant and reviewer do, within the mandate, each look kept."""

from datetime import datetime, timedelta
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories.accounts import MAKER, Somebody, make_user, sign_in
from tests.factories.applications import Ground, make_applicant, make_ground, make_submitted
from tests.factories.enterprises import PASSWORD
from tests.pages import PageClient
from vouchers.accounts import services as accounts
from vouchers.accounts.services import NewAppointment
from vouchers.accounts.states import OfficeKind, Role
from vouchers.applications.models import Application
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction


@pytest.fixture
def ground(app: Flask, clock: Path, noon: datetime) -> Ground:
    return make_ground(at=noon)


@pytest.fixture
def case(ground: Ground, noon: datetime) -> Application:
    """A case with a condition that only an officer can judge, and an amount in steps."""
    return make_submitted(ground, make_applicant(at=noon), at=noon)


def reader(app: Flask, somebody: Somebody) -> PageClient:
    client = PageClient(app)
    sign_in(client, somebody)
    return client


def ask(client: PageClient, public_id: str, basis: str = "complaint", why: str = "三月名单的第 3 件投诉") -> None:
    """Open a case and say why."""
    client.get(f"/office/oversight/{public_id}")
    answer = client.submit({"basis": basis, "why": why}, form=f"/office/oversight/{public_id}")
    assert answer.status_code == 303, answer.text


def parts(client: PageClient, path: str) -> dict[str, str]:
    """What a page says under `data-part`: conditions with their reasons, and the calculation; markup included."""
    assert client.get(path).status_code == 200, path
    assert client.page is not None
    found = {one.get("data-part", ""): _words(one) for one in client.page.tree.iter() if one.get("data-part")}
    assert set(found) == {"reasons", "working"}, path
    return found


def _words(element: Element) -> str:
    return "|".join(f"{one.tag}.{one.get('class', '')}:{(one.text or '').strip()}" for one in element.iter())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_applicant_reviewer_and_overseer_read_the_same_reasons(
    app: Flask, ground: Ground, case: Application, noon: datetime, language: str
) -> None:
    public_id = case.public_id
    applicant = PageClient(app)
    applicant.get("/sign-in")
    applicant.submit({"sign_in": "qiye1", "password": PASSWORD}, form="/sign-in")
    readers = {
        f"/enterprise/applications/{public_id}": applicant,
        f"/office/cases/{public_id}": reader(app, ground.officers["first"]),
        f"/office/oversight/{public_id}": reader(app, make_user(Role.OVERSEER, at=noon, name="郑监督")),
    }
    for client in readers.values():
        client.get(f"/language/{language}")
    ask(readers[f"/office/oversight/{public_id}"], public_id)

    told = [parts(client, path) for path, client in readers.items()]

    assert told[0] == told[1] == told[2]
    assert told[0]["reasons"].count("v-finding__say") > 5
    assert "v-calc__total" in told[0]["working"]


def test_an_overseer_comes_by_the_list_says_why_reads_no_person_and_leaves_a_look(
    app: Flask, case: Application, noon: datetime
) -> None:
    public_id, organisation_id = case.public_id, case.enterprise.organisation_id
    client = reader(app, make_user(Role.OVERSEER, at=noon, name="郑监督"))
    client.get("/office/oversight/")
    assert client.page is not None
    assert f"/office/oversight/{public_id}" in client.page.links()

    ask(client, public_id)
    assert _looks(public_id) == []
    client.get(f"/office/oversight/{public_id}")

    assert not [link for link in client.page.links() if "/files/" in link or link.endswith(".pdf")]
    assert not [form for form in client.page.forms if form.action.startswith("/office/")]
    assert "林知远" not in client.page.text  # the representative of the applicant
    assert _looks(public_id) == [("郑监督", "投诉举报：三月名单的第 3 件投诉", {"owner": organisation_id})]
    assert client.get(f"/office/cases/{public_id}").status_code == 403
    assert client.get("/office/applications").status_code == 403


def test_without_a_reason_the_page_is_the_question_and_nothing_of_the_case(
    app: Flask, case: Application, noon: datetime
) -> None:
    public_id = case.public_id
    path = f"/office/oversight/{public_id}"
    client = reader(app, make_user(Role.OVERSEER, at=noon, name="郑监督"))

    for sent in (
        {},
        {"basis": "complaint", "why": "查"},
        {"basis": "complaint"},
        {"basis": "curiosity", "why": "想看看这一件"},
    ):
        client.get(path)
        assert client.page is not None
        shown = client.page.tree
        assert not [
            one for one in shown.iter() if one.get("data-part") or one.get("id") in {"facts", "opinions", "looks"}
        ]
        assert client.submit(sent, form=path).status_code == 422, sent
        assert "请选择“查阅原因”" in client.page.text or "basis" in sent

    assert _looks(public_id) == _looks(public_id, "decision.reason") == []


def test_a_reason_holds_for_one_person_one_case_and_the_day_in_beijing(
    app: Flask, ground: Ground, case: Application, clock: Path, noon: datetime
) -> None:
    first, other = case.public_id, make_submitted(ground, make_applicant(2, at=noon), at=noon).public_id
    midnight = noon + timedelta(hours=12)  # in Beijing
    clock.write_text((midnight - timedelta(minutes=9)).isoformat())
    client = reader(app, make_user(Role.OVERSEER, at=noon, name="郑监督"))
    colleague = reader(app, make_user(Role.OVERSEER, at=noon, name="周监督"))
    ask(client, first)

    for somebody, public_id, is_open in ((client, first, True), (client, other, False), (colleague, first, False)):
        somebody.get(f"/office/oversight/{public_id}")
        assert _is_open(somebody) is is_open, public_id

    clock.write_text((midnight - timedelta(minutes=1)).isoformat())
    client.get(f"/office/oversight/{first}")
    assert _is_open(client)
    clock.write_text(midnight.isoformat())
    client.get(f"/office/oversight/{first}")
    assert not _is_open(client)


@pytest.mark.database
def test_the_page_of_a_case_says_who_looked_how_often_and_why_in_the_readers_language(
    app: Flask, case: Application, noon: datetime
) -> None:
    public_id = case.public_id
    clients = [reader(app, make_user(Role.OVERSEER, at=noon, name=name)) for name in ("郑监督", "周监督")]
    for client, basis in zip(clients, ("complaint", "sample"), strict=True):
        ask(client, public_id, basis, "<b>第 3 件</b>")
        client.get(f"/office/oversight/{public_id}")
    clients[0].get("/language/en")

    clients[0].get(f"/office/oversight/{public_id}")

    assert clients[0].page is not None
    (panel,) = (one for one in clients[0].page.tree.iter() if one.get("id") == "looks")
    told = " ".join("".join(panel.itertext()).split())
    assert "郑监督 · Complaint: <b>第 3 件</b>Looks: 2;" in told
    assert "周监督 · Spot check: <b>第 3 件</b>Looks: 1;" in told


def test_an_overseer_of_another_scheme_finds_no_such_case(app: Flask, case: Application, noon: datetime) -> None:
    public_id = case.public_id
    with transaction():
        home = accounts.open_office(
            "渝中区审计局", OfficeKind.OVERSIGHT, region="重庆市渝中区", parent_id=None, actor=MAKER, at=noon
        )
    somebody = make_user(None, at=noon, name="别处监督")
    with transaction():
        post = NewAppointment(somebody.user_id, Role.OVERSEER, noon.date(), office_id=home, schemes=("another-scheme",))
        accounts.appoint(post, actor=MAKER, at=noon)
    client = reader(app, somebody)

    assert client.get(f"/office/oversight/{public_id}").status_code == 404
    sent = {"basis": "check", "why": "看看别处的案件"}
    assert client.post(f"/office/oversight/{public_id}", data=sent).status_code in {400, 404}
    client.get("/office/oversight/")
    assert client.page is not None
    assert public_id not in " ".join(client.page.links())
    assert _looks(public_id) == _looks(public_id, "decision.reason") == []


def _is_open(client: PageClient) -> bool:
    assert client.page is not None
    return any(one.get("data-part") == "reasons" for one in client.page.tree.iter())


def _looks(public_id: str, act: str = "decision.read") -> list[tuple[str, str, object]]:
    db.session.rollback()
    statement = select(AuditEvent.actor_name, AuditEvent.reason, AuditEvent.details).where(
        AuditEvent.act == act, AuditEvent.subject_id == public_id
    )
    return [(row[0], row[1], row[2]) for row in db.session.execute(statement)]
