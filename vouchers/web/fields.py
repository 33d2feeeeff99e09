"""Fields of the product's forms: exact amounts, checked numbers, days, choices, uploads."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from flask import request
from flask_babel import gettext, lazy_gettext, ngettext
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import BadRequest
from wtforms import Field, Form, HiddenField, RadioField, SelectField, StringField, ValidationError
from wtforms.fields import FileField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, StopValidation
from wtforms.widgets import HiddenInput, TextInput

from vouchers.kernel.identifiers import new_public_id, normalise, uscc_problem, voucher_code_problem
from vouchers.kernel.money import decimal_yuan, format_yuan, parse_yuan
from vouchers.web.wording import word

E = TypeVar("E", bound=StrEnum)
Check = Callable[[Form, Field], None]

LEAST_KEY, MOST_KEY = 16, 255
MOST_WHOLE_DIGITS = 12
MOST_FILE = 20 * 1024 * 1024


class Filled(DataRequired):
    """The field must be filled; the sentence names it."""

    def __call__(self, _form: Form, field: Field) -> None:
        """Refuse an empty value; zero is a value."""
        if field.data is None or field.data in ("", [], ()):
            if field.errors:  # what was typed could not be read: that sentence says it
                raise StopValidation
            raise StopValidation(self.message or gettext("请填写“%(name)s”", name=field.label.text))


class AtMost:
    """A check that a text is no longer than this."""

    def __init__(self, characters: int) -> None:
        self.characters = characters

    def __call__(self, _form: Form, field: Field) -> None:
        """Refuse a longer one and say by how much."""
        excess = len(field.data or "") - self.characters
        if excess > 0:
            most = self.characters
            raise ValidationError(gettext("最多 %(most)s 字，现多出 %(excess)s 字", most=most, excess=excess))


def at_most(characters: int) -> Check:
    """A check that a text is no longer than this."""
    return AtMost(characters)


def at_least(characters: int) -> Check:
    """A check that a text, when given, says enough."""

    def check(_: Form, field: Field) -> None:
        if field.data and len(field.data) < characters:
            raise ValidationError(gettext("至少写 %(least)s 字，说清原因", least=characters))

    return check


class YuanField(Field):
    """An amount typed in yuan, kept in fen."""

    widget = TextInput()
    css_class = "form-control--money"
    unit = lazy_gettext("元")

    def __init__(self, label: str | None = None, validators: Sequence[Any] | None = None, **options: Any) -> None:
        self.least = options.pop("least", 0)
        self.most = options.pop("most", None)
        options["render_kw"] = {"inputmode": "decimal", "autocomplete": "off", **(options.get("render_kw") or {})}
        super().__init__(label, validators, **options)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else decimal_yuan(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Fen from what was typed."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        try:
            self.data = parse_yuan(text)
        except ValueError as problem:
            raise ValueError(f"“{text[:30]}”{gettext('：')}{gettext(str(problem))}") from None

    def pre_validate(self, _form: Form) -> None:
        """Hold the amount within the field's bounds."""
        if self.data is None:
            return
        if self.data < self.least:
            raise ValidationError(gettext("不能低于 %(least)s", least=format_yuan(self.least)))
        if self.most is not None and self.data > self.most:
            raise ValidationError(gettext("不能高于 %(most)s", most=format_yuan(self.most)))


class WholeField(Field):
    """A whole number; no sign, no separators."""

    widget = TextInput()
    css_class = "form-control--money"

    def __init__(self, label: str | None = None, validators: Sequence[Any] | None = None, **options: Any) -> None:
        self.unit = options.pop("unit", "")
        self.least = options.pop("least", 0)
        options["render_kw"] = {"inputmode": "numeric", "autocomplete": "off", **(options.get("render_kw") or {})}
        super().__init__(label, validators, **options)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """The number from what was typed."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if not text:
            return
        if not (text.isascii() and text.isdigit() and len(text) <= MOST_WHOLE_DIGITS):
            raise ValueError(gettext("“%(text)s”不是整数，请填 46 这样的数字", text=text[:30]))
        self.data = int(text)

    def pre_validate(self, _form: Form) -> None:
        """Hold the number above the field's least."""
        if self.data is not None and self.data < self.least:
            raise ValidationError(gettext("不能小于 %(least)s", least=self.least))


class DayField(Field):
    """A calendar day typed as YYYY-MM-DD."""

    widget = TextInput()
    css_class = "form-control--day"

    def __init__(self, label: str | None = None, validators: Sequence[Any] | None = None, **options: Any) -> None:
        given = {"inputmode": "numeric", "autocomplete": "off", "placeholder": "YYYY-MM-DD", "maxlength": 10}
        options["render_kw"] = {**given, **(options.get("render_kw") or {})}
        super().__init__(label, validators, **options)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.data.isoformat()

    def process_formdata(self, valuelist: list[str]) -> None:
        """The day from what was typed."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = parse_day(text) if text else None


class _NumberField(StringField):
    """A number of the trade, compared in its normal form."""

    css_class = "v-code"

    def process_formdata(self, valuelist: list[str]) -> None:
        """The normal form of what was typed; a malformed one is refused with the reason."""
        self.data = normalise(valuelist[0]) if valuelist else ""
        if self.data and (problem := self.problem(self.data)):
            raise ValueError(gettext(problem))

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else str(self.data or "")

    def problem(self, number: str) -> str:
        """Why this is not such a number; empty when it is."""
        raise NotImplementedError


class UsccField(_NumberField):
    """统一社会信用代码, its check character included."""

    def problem(self, number: str) -> str:
        """Why this is no code."""
        return uscc_problem(number)


class VoucherCodeField(_NumberField):
    """券码, its check character included."""

    def problem(self, number: str) -> str:
        """Why this is no voucher code."""
        return voucher_code_problem(number)


class ChoiceField(SelectField):
    """One of a closed set, from a list."""


class OptionField(RadioField):
    """One of a closed set, as radio buttons; for up to six."""

    def pre_validate(self, form: Form) -> None:
        """Nothing chosen is no wrong choice: the sentence says what to choose."""
        if self.validate_choice and not self.data:
            raise StopValidation(gettext("请选择“%(name)s”", name=self.label.text))
        super().pre_validate(form)


class UploadField(FileField):
    """One file; empty and oversized ones are refused before anything is kept. What it is decides `files`."""

    def __init__(self, label: str | None = None, validators: Sequence[Any] | None = None, **options: Any) -> None:
        self.most_bytes = options.pop("most_bytes", MOST_FILE)
        options.setdefault("render_kw", {"accept": options.pop("accept", ".pdf,.ofd,.xml,.png,.jpg,.jpeg")})
        super().__init__(label, validators, **options)

    def process_formdata(self, valuelist: list[Any]) -> None:
        """The file, or nothing when none was chosen."""
        chosen = [item for item in valuelist if isinstance(item, FileStorage) and item.filename]
        self.data: FileStorage | None = chosen[0] if chosen else None

    def pre_validate(self, _form: Form) -> None:
        """Measure the file; the size is what arrived, not what a header says."""
        if self.data is None:
            return
        size = self.data.stream.seek(0, 2)
        self.data.stream.seek(0)
        if size == 0:
            raise ValidationError(gettext("这个文件是空的，请重新选择"))
        if size > self.most_bytes:
            most = self.most_bytes // (1024 * 1024)
            raise ValidationError(ngettext("文件不能超过 %(num)d MB", "文件不能超过 %(num)d MB", most))

    def content(self) -> bytes:
        """The bytes of the chosen file."""
        return b"" if self.data is None else bytes(self.data.read())


class VersionField(Field):
    """The version of the thing that the page showed, hidden."""

    widget = HiddenInput()

    def _value(self) -> str:
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        """A whole number; anything else was not made by our page."""
        text = valuelist[0] if valuelist else ""
        if not (text.isascii() and text.isdigit() and len(text) <= MOST_WHOLE_DIGITS):
            raise BadRequest("seen_version")
        self.data: int | None = int(text)


class NoKey(BadRequest):
    """A press that moves money came without its key: sent twice, it would be done twice."""

    problem_code = "idempotency-key-missing"


class IdempotencyField(HiddenField):
    """The key of one money-moving press, made per rendering; a script may send it as the header `Idempotency-Key`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(default=new_public_id, **options)

    def process_formdata(self, valuelist: list[str]) -> None:
        """The key from the header or the hidden field; none at all is not a well-formed request."""
        key = request.headers.get("Idempotency-Key") or (valuelist[0] if valuelist else "")
        if not (LEAST_KEY <= len(key) <= MOST_KEY and key.isascii() and key.isprintable()):
            raise NoKey("idempotency key")
        self.data = key


def choices_from(labels: Mapping[E, str] | Mapping[str, str], *, blank: str = "") -> list[SelectChoice]:
    """Choices of a field from a table of labels, translated when shown; `blank` offers an empty one first."""
    first = [SelectChoice("", blank)] if blank else []
    return first + [SelectChoice(str(value), LazyString(word, text)) for value, text in labels.items()]


def parse_day(text: str) -> date:
    """A calendar day from YYYY-MM-DD and no other form."""
    with suppress(ValueError):
        day = date.fromisoformat(text)
        if day.isoformat() == text:
            return day
    raise ValueError(gettext("“%(text)s”不是日期，请填 2026-09-30 这样的年-月-日", text=text[:30]))
