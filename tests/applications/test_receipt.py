"""F01: whatever stands in the fields of a receipt is printed as text; nothing is fetched, attached or carried out."""

from datetime import datetime
from io import BytesIO
from typing import Any

import pypdf
import pytest
from flask import Flask

from tests.factories.applications import make_applicant, make_ground, make_submitted
from tests.hostile.test_files import listening
from vouchers.applications import queries
from vouchers.applications.receipt import receipt_pdf
from vouchers.db.base import db

pytestmark = pytest.mark.usefixtures("clock")


def test_markup_and_styles_in_every_field_of_a_receipt_are_text(app: Flask, noon: datetime) -> None:
    case = make_submitted(make_ground(at=noon), make_applicant(at=noon), at=noon)
    submission = queries.last_submission(case)
    assert submission
    with listening() as (canary, calls):
        evil = f"<b>M</b><img src={canary}/i><style>*{{background:url({canary}/s)}}</style>{{{{7*7}}}}"
        db.session.expunge(submission)
        changed: list[str] = []
        submission.snapshot = _hostile(submission.snapshot, evil, changed)

        with app.test_request_context():
            paper = receipt_pdf(case, submission)

    reader = pypdf.PdfReader(BytesIO(paper))
    text = "".join(page.extract_text() for page in reader.pages).replace("\n", "").replace(" ", "")
    assert len(changed) > 5
    assert not calls
    assert not reader.attachments
    assert "<b>M</b><img" in text
    assert "{{7*7}}" in text
    assert "url(" in text


def _hostile(value: Any, evil: str, changed: list[str], name: str = "") -> Any:
    """The same with markup in each text that is no number, day or code of a fact."""
    if isinstance(value, dict):
        return {key: _hostile(one, evil, changed, key) for key, one in value.items()}
    if isinstance(value, list):
        return [_hostile(one, evil, changed, name) for one in value]
    if not isinstance(value, str) or (value.isascii() and not value.endswith(".pdf")):
        return value
    changed.append(name)
    return value + evil
