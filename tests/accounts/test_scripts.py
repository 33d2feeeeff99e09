"""Money forms answer scripts in JSON: at the address, by the session, under the key and by the rules of the page."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.factories.accounts import make_user, sign_in
from tests.factories.applications import make_ground
from tests.factories.enterprises import enterprise
from tests.factories.issuance import FACE, make_case
from tests.factories.redemption import EARLY, Stage, approved_claim, make_stage, verified_claim
from tests.factories.settlement import Bureau, answer_file, answers, approved_batch, make_indicators, sent_batch
from tests.pages import PageClient
from vouchers.accounts.models import StoredAnswer
from vouchers.accounts.states import Role
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.redemption import queries

JSON = {"Accept": "application/json"}
KEY = "k" * 22


@pytest.fixture
def stage(app: Flask, clock: Path) -> Stage:
    return make_stage()


class Script:
    """A script with the session of somebody who signed in through the pages."""

    def __init__(self, client: PageClient, path: str) -> None:
        client.get(path)
        assert client.page is not None
        self._client, self._path = client, path
        self._token = client.page.forms[-1].values["csrf_token"][0]

    def press(self, fields: Mapping[str, Any], path: str = "", **headers: str) -> TestResponse:
        """Send fields as a form; the key goes as a header."""
        data = {"csrf_token": self._token, **fields}
        return self._client.post(path or self._path, data, headers={**JSON, "Idempotency-Key": KEY, **headers})

    def press_json(self, fields: Mapping[str, Any], **headers: str) -> TestResponse:
        """Send fields as one JSON object."""
        sent = {**JSON, "X-CSRFToken": self._token, "Idempotency-Key": KEY, **headers}
        return self._client.post(self._path, None, json=fields, headers=sent)


@pytest.fixture
def approving(client: PageClient, stage: Stage, noon: datetime) -> tuple[Script, str]:
    """A decider's script on a claim that waits to be approved, and the claim."""
    claim = verified_claim(stage, at=noon).public_id
    sign_in(client, make_user(Role.DECIDER, at=EARLY, name="周审定"))
    return Script(client, f"/office/claims/{claim}/approve"), claim


def test_an_act_answers_with_what_came_of_it(approving: tuple[Script, str]) -> None:
    script, claim = approving
    version = queries.get(claim).version

    answer = script.press({"seen_version": version, "amount": "40000", "reason": "按用量核减"})

    found = queries.get(claim)
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.get_json() == {
        "id": claim,
        "number": found.number,
        "state": "approved",
        "version": found.version,
        "amounts": {"amount": "50000.00", "approved": "40000.00"},
        "location": f"/office/claims/{claim}",
    }
    event = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "claim.approve")).one()
    assert event.request_id == answer.headers["X-Request-Id"]


@pytest.mark.database
def test_the_same_press_by_form_by_json_and_by_page_is_one_press(approving: tuple[Script, str]) -> None:
    script, claim = approving
    fields = {"seen_version": queries.get(claim).version, "amount": "40000", "reason": "按用量核减"}

    first = script.press(fields)
    again = script.press_json(fields)
    page = script.press(fields, Accept="text/html")

    assert again.get_json() == first.get_json()
    assert (page.status_code, page.location) == (303, f"/office/claims/{claim}")
    assert len(db.session.scalars(select(AuditEvent).where(AuditEvent.act == "claim.approve")).all()) == 1


@pytest.mark.database
def test_a_key_with_another_body_is_refused_however_it_is_sent(approving: tuple[Script, str]) -> None:
    script, claim = approving
    fields = {"seen_version": queries.get(claim).version, "amount": "40000", "reason": "按用量核减"}
    script.press_json(fields)

    refused = [script.press_json({**fields, "amount": "39999"}), script.press({**fields, "amount": "39998"})]

    for answer in refused:
        assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")
        assert answer.get_json()["code"] == "key-reused"


def test_without_a_key_nothing_is_done(approving: tuple[Script, str]) -> None:
    script, claim = approving
    fields = {"seen_version": queries.get(claim).version, "amount": "50000"}

    for answer in (
        script.press(fields, **{"Idempotency-Key": ""}),
        script.press_json(fields, **{"Idempotency-Key": ""}),
    ):
        assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency-key-missing")

    assert queries.get(claim).approved is None


def test_a_form_that_is_not_well_formed_names_its_fields_in_both_languages(approving: tuple[Script, str]) -> None:
    script, claim = approving

    answer = script.press({"seen_version": queries.get(claim).version, "amount": "1e3"})

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "invalid-form")
    (found,) = problem["findings"]
    assert found["field"] == "amount"
    assert "最多两位小数" in found["message"]
    assert "at most two decimals" in found["message_en"]
    assert problem["title"] != problem["title_en"]


def test_a_rule_that_refuses_is_named_with_its_sentence_in_both_languages(approving: tuple[Script, str]) -> None:
    script, claim = approving

    answer = script.press({"seen_version": queries.get(claim).version, "amount": "60000"})

    problem = answer.get_json()
    assert (answer.status_code, problem["code"]) == (422, "refused")
    assert problem["request_id"] == answer.headers["X-Request-Id"]
    (found,) = problem["findings"]
    assert found["code"]
    assert "核定金额" in found["message"]
    assert "The approved amount must be" in found["message_en"]
    assert set(found) == {"code", "message", "message_en", "clause", "field", "params"}


def test_a_stale_version_and_a_stranger_are_told_as_problems(approving: tuple[Script, str]) -> None:
    script, claim = approving
    version = queries.get(claim).version

    stale = script.press({"seen_version": version - 1, "amount": "50000"})
    unknown = script.press({"seen_version": version, "amount": "1"}, "/office/claims/unknown/approve")

    assert (stale.status_code, stale.get_json()["code"]) == (409, "conflict")
    assert (unknown.status_code, unknown.get_json()["code"]) == (404, "not-found")
    assert db.session.scalars(select(StoredAnswer)).all() == []


def test_a_script_without_a_session_is_not_led_to_a_page(app: Flask, client: PageClient) -> None:
    client.get("/sign-in")

    answer = Script(client, "/sign-in").press({}, "/office/batches/x/release")

    assert (answer.status_code, answer.get_json()["code"]) == (401, "sign-in-needed")


def test_a_script_is_asked_for_the_second_factor_again(
    client: PageClient, stage: Stage, noon: datetime, clock: Path
) -> None:
    bureau = Bureau()
    make_indicators(stage, bureau)
    approved_claim(stage, at=noon)
    batch = approved_batch(stage, bureau, at=noon)
    public_id, version = batch.public_id, batch.version
    sign_in(client, bureau.checker)
    script = Script(client, f"/office/batches/{public_id}/release")
    clock.write_text((noon + timedelta(minutes=10, seconds=30)).isoformat())

    late = script.press({"seen_version": version})
    clock.write_text((noon + timedelta(minutes=6)).isoformat())  # within what a clock may be set back
    released = script.press({"seen_version": version})

    assert (late.status_code, late.get_json()["code"]) == (403, "factor-needed")
    assert released.get_json()["state"] == "released"
    assert released.get_json()["amounts"] == {"total": "50000.00"}


def test_an_answer_file_sent_twice_under_its_key_has_one_answer(
    client: PageClient, stage: Stage, noon: datetime
) -> None:
    bureau = Bureau()
    make_indicators(stage, bureau)
    approved_claim(stage, at=noon)
    batch = sent_batch(stage, bureau, at=noon)
    public_id, version, content = batch.public_id, batch.version, answer_file(answers(batch))
    sign_in(client, bureau.maker)
    script = Script(client, f"/office/batches/{public_id}/result")

    first, again = (script.press({"seen_version": version, "file": (BytesIO(content), "回单.csv")}) for _ in range(2))
    page = script.press({"seen_version": version, "file": (BytesIO(content), "回单.csv")}, Accept="text/html")

    assert first.get_json() == again.get_json()
    assert [row["changed"] for row in first.get_json()["rows"]] == [True] * len(first.get_json()["rows"])
    assert "已支付" in page.get_data(as_text=True)


def test_several_things_are_answered_as_a_list(client: PageClient, app: Flask, noon: datetime, clock: Path) -> None:
    ground = make_ground(at=noon, granted=10_000_000)
    cases = [make_case(ground, enterprise(number, at=noon), at=noon).public_id for number in (1, 2)]
    sign_in(client, ground.officers["decider"])
    script = Script(client, "/office/vouchers/issue?" + "&".join(f"case={one}" for one in cases))

    answer = script.press_json({"seen_total": 2 * FACE, "case": cases})

    assert answer.status_code == 200, answer.text
    assert [one["amounts"] for one in answer.get_json()["resources"]] == [{"face": "30000.01"}] * 2
