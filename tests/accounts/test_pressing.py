"""A press on a money form: what is done, stored, told and answered, to people and to scripts."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, Response, g, get_flashed_messages
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.datastructures import MultiDict
from wtforms import StringField

from vouchers.accounts.models import StoredAnswer
from vouchers.accounts.pressing import Done, Work, press_once, press_prepared
from vouchers.audit.services import Subject, record
from vouchers.db.base import db
from vouchers.kernel.actor import command
from vouchers.kernel.errors import KeyReused, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.web.fields import Filled
from vouchers.web.forms import BaseForm, PressForm

pytestmark = pytest.mark.usefixtures("clock")
KEY = "k" * 22


class NamedForm(BaseForm):
    """An earlier step that wants a name."""

    name = StringField("名称", [Filled()])


@dataclass
class Thing:
    """What a press was done to."""

    public_id: str
    amount: int | None = 12345
    kept: int = 5


@dataclass
class Known(Thing):
    """One with a number, a state and a version."""

    number: str = "N-1"
    state: str = "done"
    version: int = 3


class Act:
    """Work that counts how often it was done."""

    def __init__(self, at: datetime, *things: Thing, **more: Any) -> None:
        self.times, self._at, self._done = 0, at, Done("/things/1", things or (Thing("t1"),), ("amount",), more)

    def __call__(self) -> Done:
        self.times += 1
        record("press", Subject("thing", "1"), actor=command("test"), at=self._at)
        return self._done


@contextmanager
def sent(app: Flask, method: str = "POST", *, json: bool = False, **fields: str) -> Iterator[None]:
    """A request with the fields of a money form, from a page or a script."""
    data = MultiDict({"seen_version": "1", "idempotency_key": KEY, **fields})
    headers = {"Accept": "application/json" if json else "text/html"}
    with app.test_request_context("/press", method=method, data=data, headers=headers):
        g.csrf_valid = True  # the guard before every request has looked
        yield


def press(act: Work, **options: Any) -> ResponseReturnValue | None:
    return press_once(PressForm(), "thing.press", act, **options)


def refuse() -> Done:
    raise RuleViolation([Finding("empty", "余额不足。"), Finding("late", "已过期。", field="seen_version")])


def body(answer: ResponseReturnValue | None) -> Any:
    assert isinstance(answer, Response)
    return answer.get_json()


def test_a_press_leads_on_and_says_so(app: Flask, noon: datetime) -> None:
    act = Act(noon)
    with sent(app):
        answer = press(act, words="已办理。")

        assert isinstance(answer, Response)
        assert (answer.status_code, answer.location) == (303, "/things/1")
        assert get_flashed_messages(with_categories=True) == [("success", "已办理。")]
    kept = db.session.scalars(select(StoredAnswer)).one()
    assert (kept.operation, kept.key, kept.created_at) == ("thing.press", KEY, noon)
    assert kept.body == [{"id": "t1", "amounts": {"amount": "123.45"}, "location": "/things/1"}]


def test_a_press_without_words_says_nothing(app: Flask, noon: datetime) -> None:
    with sent(app):
        press(Act(noon))

        assert get_flashed_messages() == []


def test_looking_at_a_form_is_no_press(app: Flask, noon: datetime) -> None:
    act = Act(noon)
    with sent(app, "GET"):
        assert press(act) is None

    assert act.times == 0


def test_the_same_press_is_done_once(app: Flask, noon: datetime) -> None:
    act = Act(noon, Known("t1"), rows=2)
    answers = []
    for _ in range(2):
        with sent(app, json=True):
            answers.append(body(press(act)))

    assert act.times == 1
    assert (
        answers[0]
        == answers[1]
        == {
            "id": "t1",
            "number": "N-1",
            "state": "done",
            "version": 3,
            "amounts": {"amount": "123.45"},
            "rows": 2,
            "location": "/things/1",
        }
    )


def test_of_several_things_a_script_gets_a_list_and_what_is_unknown_is_null(app: Flask, noon: datetime) -> None:
    with sent(app, json=True):
        told = body(press(Act(noon, Known("t1"), Thing("t2", amount=None))))

    assert told["resources"] == [
        {"id": "t1", "number": "N-1", "state": "done", "version": 3, "amounts": {"amount": "123.45"}},
        {"id": "t2", "amounts": {"amount": None}},
    ]
    assert set(told) == {"resources", "location"}


def test_versions_are_told_as_they_will_stand(app: Flask, noon: datetime) -> None:
    """What the act added is flushed before it is told."""

    def act() -> Done:
        answer = StoredAnswer(
            principal="p", operation="o", key="x", fingerprint="f", status=0, body=[], location="", created_at=noon
        )
        db.session.add(answer)
        return Done("/x", (_Numbered(answer),), ())

    with sent(app, json=True):
        assert body(press(act))["number"] is not None


@dataclass
class _Numbered:
    row: StoredAnswer
    public_id: str = "n"

    @property
    def number(self) -> int:
        """The key the database gave."""
        return self.row.id


def test_what_the_rules_refuse_stands_on_the_form_and_leaves_nothing(app: Flask) -> None:
    with sent(app):
        form = PressForm()

        assert press_once(form, "thing.press", refuse) is None
        assert (form.form_errors, list(form.seen_version.errors)) == (["余额不足。"], ["已过期。"])
    with sent(app, json=True), pytest.raises(RuleViolation, match="余额不足"):
        press(refuse)
    assert db.session.scalars(select(StoredAnswer)).all() == []


def test_another_content_under_the_key_is_told_on_the_form(app: Flask, noon: datetime) -> None:
    act = Act(noon)
    with sent(app):
        press(act)
    with sent(app, reason="别的"):
        form = PressForm()

        assert press_once(form, "thing.press", act) is None
        assert "这次的内容与上次不同" in str(form.form_errors)
    with sent(app, json=True, reason="别的"), pytest.raises(KeyReused):
        press(act)
    assert act.times == 1


def test_earlier_steps_must_hold_as_well(app: Flask, noon: datetime) -> None:
    act, prepared = Act(noon), []

    def prepare() -> Work:
        prepared.append(True)
        return act

    with sent(app):
        first = PressForm(), NamedForm()
        assert press_prepared(first, "thing.press", prepare) is None
        assert first[1].name.errors
    with sent(app, json=True):
        told = press_prepared((PressForm(), NamedForm()), "thing.press", prepare)
        assert isinstance(told, Response)
        assert (told.status_code, [one["field"] for one in told.get_json()["findings"]]) == (422, ["name"])
    assert (act.times, prepared) == (0, [])
    with sent(app, name="有"):
        assert press_prepared((PressForm(), NamedForm()), "thing.press", prepare) is not None
    assert (act.times, prepared) == (1, [True])


def test_every_step_is_told_what_is_wrong_with_it(app: Flask, noon: datetime) -> None:
    with sent(app):
        forms = PressForm(), NamedForm(), NamedForm()

        press_prepared(forms, "thing.press", lambda: Act(noon))

        assert forms[1].name.errors
        assert forms[2].name.errors


def test_a_page_may_show_the_stored_answer_instead(app: Flask, noon: datetime) -> None:
    act, shown = Act(noon, rows=2), []

    def page(told: Any) -> str:
        shown.append(told)
        return "shown"

    with sent(app):
        assert press_once(PressForm(), "thing.press", act, page=page) == "shown"
    with sent(app):
        assert press_prepared([PressForm()], "thing.press", lambda: act, page=page, words="好") == "shown"
        assert get_flashed_messages() == ["好"]

    assert shown[0] == shown[1] == {"id": "t1", "amounts": {"amount": "123.45"}, "rows": 2, "location": "/things/1"}
    with sent(app, json=True):
        assert body(press_once(PressForm(), "thing.press", act, page=page)) == shown[0]


def test_the_clock_of_the_press_is_the_clock_of_pages(app: Flask, clock: Path, noon: datetime) -> None:
    clock.write_text(noon.replace(hour=9).isoformat())
    with sent(app):
        press(Act(noon))

    assert db.session.scalars(select(StoredAnswer.created_at)).one() == noon.replace(hour=9)
