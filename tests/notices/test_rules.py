"""How long, what is shown, until when one may object: pure."""

from datetime import date

import pytest

from vouchers.kernel.workdays import WorkCalendar
from vouchers.notices import rules
from vouchers.notices.states import LABELS, NOTICES, OBJECTIONS, TONES, NoticeState, ObjectionState

DAY = date(2026, 3, 18)


def test_the_day_of_opening_is_not_counted() -> None:
    assert rules.last_day(WorkCalendar(frozenset({2026})), DAY, 1) == (date(2026, 3, 19), False)
    assert rules.last_day(WorkCalendar(frozenset()), DAY, 1) == (date(2026, 3, 19), True)


@pytest.mark.parametrize(("name", "shown"), [("王明", "王*"), ("王小明", "王*明"), ("欧阳小明", "欧**明")])
def test_natural_persons_are_masked(name: str, shown: str) -> None:
    assert rules.public_name(name, is_natural_person=True) == shown


def test_one_may_object_up_to_the_last_day() -> None:
    assert rules.objection_findings(DAY, DAY, is_open=True) == []
    assert [one.code for one in rules.objection_findings(DAY, date(2026, 3, 19), is_open=True)] == ["notice-over"]
    assert [one.code for one in rules.objection_findings(DAY, DAY, is_open=False)] == ["notice-over"]


@pytest.mark.parametrize(
    ("count", "days", "codes"),
    [
        (0, set(), ["notice-empty"]),
        (1, {5}, []),
        (2, {5, 7}, ["notice-days-differ"]),
        (1, {None}, ["notice-not-wanted"]),
    ],
)
def test_the_cases_of_a_notice_belong_together(count: int, days: set[int | None], codes: list[str]) -> None:
    assert [one.code for one in rules.selection_findings(count, days)] == codes


def test_words_of_notices_and_objections_do_not_collide() -> None:
    assert set(LABELS) == set(TONES) == {*NoticeState, *ObjectionState}
    assert len(LABELS) == len(NoticeState) + len(ObjectionState)


@pytest.mark.parametrize("state", NoticeState)
@pytest.mark.parametrize("action", ["end", "withdraw"])
def test_only_an_open_notice_ends(state: NoticeState, action: str) -> None:
    assert NOTICES.allows(state, action) is (state is NoticeState.OPEN)


@pytest.mark.parametrize("state", ObjectionState)
@pytest.mark.parametrize("action", ["dismiss", "uphold"])
def test_only_an_open_objection_is_settled(state: ObjectionState, action: str) -> None:
    assert OBJECTIONS.allows(state, action) is (state is ObjectionState.OPEN)
