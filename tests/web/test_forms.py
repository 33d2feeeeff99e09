import io

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from wtforms import PasswordField, StringField, TextAreaField

from tests.web.gallery import GalleryForm
from vouchers.kernel.findings import Finding
from vouchers.web.controls import form_problems
from vouchers.web.fields import (
    DayField,
    Filled,
    OptionField,
    UsccField,
    VoucherCodeField,
    WholeField,
    YuanField,
    at_least,
    choices_from,
    parse_day,
)
from vouchers.web.forms import BaseForm, MoneyForm, SeenForm, clean_text

KEY = "k" * 22


class Sample(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    name = StringField("单位名称", [Filled()])
    secret = PasswordField("口令")
    amount = YuanField("金额", [Filled()], least=1, most=10_000)
    heads = WholeField("人数", least=1)
    day = DayField("日期")
    uscc = UsccField("代码")
    code = VoucherCodeField("券码")
    reason = StringField("理由", [at_least(4)])
    story = TextAreaField("经过")


class SamplePress(MoneyForm):
    class Meta(MoneyForm.Meta):
        csrf = False


def sample(app: Flask, **typed: str) -> Sample:
    with app.test_request_context("/", method="POST", data=typed):
        form = Sample()
        form.validate()
        return form


def errors_of(form: BaseForm, name: str) -> str:
    return "；".join(str(text) for text in form[name].errors)


def test_text_is_stripped_composed_and_unbroken(gallery: Flask) -> None:
    form = sample(gallery, name="  e\u0301云岭 ", amount="1", story=" 一\r\n二\t三 ")

    assert form.name.data == "é云岭"
    assert form.story.data == "一\n二\t三"


def test_a_password_is_left_as_it_was_typed(gallery: Flask) -> None:
    typed = "  e\u0301 "

    form = sample(gallery, secret=typed)

    assert form.secret.data == typed


@pytest.mark.parametrize(
    "hidden", ["\x00", "\x1b", "\n", "\t", "\u202e", "\u200b", "\u200d", "\u2066", "\ufeff", "\u3164", "\uffff"]
)
def test_characters_that_hide_or_reorder_are_refused_by_name(gallery: Flask, hidden: str) -> None:
    form = sample(gallery, name=f"甲{hidden}乙")

    assert f"U+{ord(hidden):04X}" in errors_of(form, "name")
    assert form.status == 422


@given(st.text(alphabet=st.characters(exclude_categories=("Cc", "Cf", "Cs", "Co"))))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    try:
        once = clean_text(text)
    except ValueError:  # letters that show nothing are refused, whatever their category
        return

    assert clean_text(once) == once


@pytest.mark.parametrize(
    "text", ["135 万", "1e3", "NaN", "-1", "0.001", "1,000", "１００", "²", "1_000", "+5", "0x10", "٣", "9" * 14]
)
def test_what_is_no_amount_is_quoted_back(gallery: Flask, text: str) -> None:
    form = sample(gallery, amount=text)

    assert text[:30] in errors_of(form, "amount")
    assert form.amount.data is None
    assert form.amount._value() == text


@pytest.mark.parametrize(
    ("text", "fen", "problem"), [("12.5", 1250, ""), ("0", 0, "不能低于"), ("100.01", 10001, "不能高于")]
)
def test_amounts_become_fen_within_bounds(gallery: Flask, text: str, fen: int, problem: str) -> None:
    form = sample(gallery, amount=f" {text} ")

    assert form.amount.data == fen
    assert problem in errors_of(form, "amount")
    assert bool(problem) == bool(form.amount.errors)


def test_an_empty_field_is_named_once_and_unreadable_input_is_not_called_empty(gallery: Flask) -> None:
    form = sample(gallery, amount="x")

    assert errors_of(form, "name") == "请填写“单位名称”"
    assert "请填写" not in errors_of(form, "amount")


@pytest.mark.parametrize("text", ["2026-02-30", "2026-2-3", "20260203", "2026-W01-1", "03/02/2026"])
def test_only_year_month_day_is_a_day(gallery: Flask, text: str) -> None:
    with gallery.test_request_context(), pytest.raises(ValueError, match="不是日期"):
        parse_day(text)


def test_numbers_of_the_trade_are_compared_in_normal_form(gallery: Flask) -> None:
    good = sample(gallery, uscc=" 91350100m000100y43 ")
    bad = sample(gallery, uscc="91350100M000100Y44", code="abc")

    assert good.uscc.data == "91350100M000100Y43"
    assert "校验位" in errors_of(bad, "uscc")
    assert "12 位" in errors_of(bad, "code")


@pytest.mark.parametrize(
    ("text", "problem"), [("46", ""), ("0", "不能小于"), ("4.6", "不是整数"), ("9" * 13, "不是整数")]
)
def test_whole_numbers_are_checked(gallery: Flask, text: str, problem: str) -> None:
    form = sample(gallery, heads=text)

    assert problem in errors_of(form, "heads")
    assert bool(problem) == bool(form.heads.errors)


def test_a_reason_says_enough(gallery: Flask) -> None:
    assert "至少写 4 字" in errors_of(sample(gallery, reason="不行"), "reason")


def test_findings_stand_beside_their_field_or_on_top(gallery: Flask) -> None:
    form = sample(gallery, name="甲", amount="1")
    with gallery.test_request_context():
        assert form.status == 200

        form.report(
            [
                Finding("A", "超过上限 {cap} 元，", {"cap": "100"}, "请改小。", field="amount"),
                Finding("B", "窗口已关闭。", field="window"),
            ]
        )

        assert errors_of(form, "amount") == "超过上限 100 元，请改小。"
        assert form.status == 422
        assert form_problems(form) == [("", "窗口已关闭。"), ("amount", "金额：超过上限 100 元，请改小。")]


def test_a_parameter_with_braces_is_shown_and_not_filled_in(gallery: Flask) -> None:
    form = sample(gallery)
    with gallery.test_request_context():
        form.report([Finding("A", "名称“{name}”已登记。", {"name": "{0.__class__}"}, field="name")])

    assert "{0.__class__}" in errors_of(form, "name")


@pytest.mark.parametrize("key", ["", "short", "é" * 20, "k" * 256, "k" * 20 + "\n"])
def test_a_press_that_moves_money_needs_its_key(gallery: Flask, key: str) -> None:
    typed = {"seen_version": "3", "idempotency_key": key}
    with gallery.test_request_context("/", method="POST", data=typed), pytest.raises(BadRequest):
        SamplePress()


def test_nothing_sent_at_all_is_no_press_either(gallery: Flask) -> None:
    with gallery.test_request_context("/", method="POST"), pytest.raises(BadRequest):
        SamplePress()


def test_the_key_is_new_per_page_and_kept_when_the_page_is_shown_again(gallery: Flask) -> None:
    with gallery.test_request_context("/"):
        first, second = SamplePress(seen_version=1), SamplePress(seen_version=1)
    with gallery.test_request_context("/", method="POST", data={"seen_version": "1", "idempotency_key": KEY}):
        again = SamplePress(seen_version=9)

    assert first.idempotency_key.data != second.idempotency_key.data
    assert (again.idempotency_key.data, again.seen_version.data) == (KEY, 1)


def test_a_script_may_send_the_key_as_a_header(gallery: Flask) -> None:
    headers = {"Idempotency-Key": KEY}
    with gallery.test_request_context("/", method="POST", json={"seen_version": 4}, headers=headers):
        form = SamplePress()

    assert (form.idempotency_key.data, form.seen_version.data) == (KEY, 4)


@pytest.mark.parametrize("version", ["", "-1", "1.0", "9" * 13, "x"])
def test_a_version_our_page_did_not_write_is_a_bad_request(gallery: Flask, version: str) -> None:
    with gallery.test_request_context("/", method="POST", data={"seen_version": version}), pytest.raises(BadRequest):
        SeenForm()


@pytest.mark.parametrize("body", [[1], "x", {"name": {"deep": 1}}, {"name": 1.5}])
def test_json_that_is_no_form_is_a_bad_request(gallery: Flask, body: object) -> None:
    with gallery.test_request_context("/", method="POST", json=body), pytest.raises(BadRequest):
        Sample()


@pytest.mark.parametrize(("content", "problem"), [(b"", "空的"), (b"x" * 21, "不能超过"), (b"x" * 20, "")])
def test_a_file_is_measured_by_what_arrived(gallery: Flask, content: bytes, problem: str) -> None:
    data = {
        "seen_version": "1",
        "idempotency_key": KEY,
        "paper": (io.BytesIO(content), "合同.pdf"),
    }
    with gallery.test_request_context("/", method="POST", data=data):
        form = GalleryForm()
        form.paper.most_bytes = 20
        form.validate()

        assert problem in errors_of(form, "paper")
        assert bool(problem) == bool(form.paper.errors)
        assert form.paper.content() == content


def test_no_file_chosen_is_said_in_words(gallery: Flask) -> None:
    with gallery.test_request_context("/"):
        form = GalleryForm(formdata=MultiDict({"seen_version": "1", "idempotency_key": KEY}))
        form.validate()

    assert errors_of(form, "paper") == "请填写“合同”"


def test_nothing_chosen_among_radio_buttons_is_asked_for_by_name(gallery: Flask) -> None:
    class Choosing(BaseForm):
        class Meta(BaseForm.Meta):
            csrf = False

        quality = OptionField("您的身份", [Filled()], choices=choices_from({"a": "甲", "b": "乙"}))

    with gallery.test_request_context("/", method="POST", data={}):
        silent = Choosing()
        silent.validate()
    with gallery.test_request_context("/", method="POST", data={"quality": "c"}):
        wrong = Choosing()
        wrong.validate()

    assert errors_of(silent, "quality") == "请选择“您的身份”"
    assert errors_of(wrong, "quality") not in ("", "请选择“您的身份”")
