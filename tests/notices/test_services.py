"""From decided to approved: on notice, objected to, ended, approved."""

from datetime import datetime

import pytest
from flask import Flask

from tests.factories.applications import make_applicant, make_ground
from tests.factories.notices import make_approved
from vouchers.applications import queries
from vouchers.applications.states import ApplicationState as S

pytestmark = pytest.mark.database


def test_a_case_goes_from_draft_to_approved(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon)

    approved = make_approved(ground, make_applicant(at=noon), at=noon)

    assert approved.state is S.APPROVED
    assert approved.approval_number == "渝中数〔2026〕12号"
    assert [one.public_id for one in queries.ready_to_issue(ground.scheme_id)] == [approved.public_id]
