from datetime import UTC, date, datetime
from enum import StrEnum

import pytest
from flask import Flask, render_template_string

from tests.pages import PageClient
from vouchers.web import filters
from vouchers.web.figures import day_squares, gauge_parts, gauge_words


class State(StrEnum):
    OPEN = "open"


def test_the_page_of_all_components_is_well_formed(visitor: PageClient) -> None:
    answer = visitor.get("/gallery")

    assert answer.status_code == 200
    assert visitor.page is not None
    assert {"seen_version", "idempotency_key", "csrf_token"} <= visitor.page.forms[1].names


def test_a_refused_form_says_so_on_top_and_beside_and_keeps_what_was_typed(visitor: PageClient) -> None:
    visitor.get("/gallery")

    answer = visitor.submit({"net": "135 万", "until": "2026-9-1"}, form=1)

    assert answer.status_code == 422
    assert visitor.page is not None
    assert "错误：有" in visitor.page.text
    assert {"#net", "#until", "#heads"} <= set(visitor.page.links())
    assert 'value="135 万"' in answer.text
    assert 'aria-invalid="true"' in answer.text


@pytest.mark.parametrize("path", ["/privacy", "/accessibility"])
def test_statements_every_government_site_carries(visitor: PageClient, path: str) -> None:
    visitor.get(path)

    assert visitor.page is not None
    for words in ("主办单位", "12345", "政府网站标识码", "无障碍声明"):
        assert words in visitor.page.text


def test_text_of_people_is_shown_as_text(gallery: Flask) -> None:
    evil = '<script>alert(1)</script>{{7*7}}"'
    template = """{% from "components/notice.html" import notice %}{% from "components/facts.html" import pairs %}
    {% from "components/table.html" import head, cell %}{% from "components/timeline.html" import timeline %}
    {{ notice("info", x) }}{{ pairs([(x, x)]) }}{{ head(x, note=x) }}{{ cell(x, x) }}{{ timeline([{"name": x}]) }}"""

    with gallery.test_request_context():
        html = render_template_string(template, x=evil)

    assert "<script" not in html
    assert "{{7*7}}" in html


def test_amounts_read_the_same_everywhere() -> None:
    assert "¥1,234.50" in filters.yuan(123450)
    assert ">1,234.50<" in filters.figure(123450)
    assert 'v-minus">1.00<' in filters.signed(-100)
    assert filters.yuan(None) == "—"


def test_instants_are_shown_in_beijing() -> None:
    late = datetime(2026, 12, 31, 16, 5, tzinfo=UTC)

    assert "2027-01-01 00:05" in filters.moment(late)
    assert "2027-01-01" in filters.day(late)
    assert "2026-12-31" in filters.day(date(2026, 12, 31))


def test_labels_come_from_the_table_of_the_slice(gallery: Flask) -> None:
    with gallery.test_request_context():
        assert filters.label(State.OPEN, {State.OPEN: "受理中"}) == "受理中"
        assert filters.label(None) == "—"


@pytest.mark.parametrize("name", ["王", "王明", "王小明", "欧阳小明"])
def test_a_masked_name_is_as_long_and_never_whole(name: str) -> None:
    masked = filters.mask_name(name)

    assert len(masked) == len(name)
    assert len(name) == 1 or masked != name


def test_squares_count_the_used_days() -> None:
    running, late, long = day_squares(10, 3), day_squares(10, 11), day_squares(60, 30)

    assert [s.is_used for s in running.squares] == [True] * 3 + [False] * 7
    assert (running.level, late.level) == ("", "bad")
    assert all(s.is_used for s in late.squares)
    assert (len(long.squares), sum(s.is_used for s in long.squares)) == (20, 10)
    assert day_squares(0, 0).squares == ()


def test_a_gauge_of_nothing_is_empty_and_its_words_name_each_part() -> None:
    assert gauge_parts([("paid", 0)], 0)[0].width == "0.0"
    assert gauge_words([("已兑付", 100), ("可用", 0)]) == "已兑付 ¥1.00，可用 ¥0.00"
