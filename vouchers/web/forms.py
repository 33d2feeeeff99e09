"""Forms: clean text in, findings beside their fields, and the status of the page that shows them."""

import unicodedata
from collections.abc import Iterable
from typing import Any

from flask import request
from flask_babel import gettext
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import BadRequest
from wtforms import (
    FileField,
    Form,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.core import Field

from vouchers.kernel.findings import Finding
from vouchers.web.fields import AtMost, IdempotencyField, VersionField
from vouchers.web.refusals import note_refusal
from vouchers.web.wellformed import json_fields
from vouchers.web.wording import joined, worded

NOTHING_SENT: ImmutableMultiDict[str, str] = ImmutableMultiDict()
_LINE_BREAKS = frozenset("\n\t")
_BLANK_LETTERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2028\u2029\u2800\u3164\uffa0")
_LAST_TWO = 0xFFFE  # of every plane: no characters
_MOST_TEXT = 2_000  # where a field says nothing smaller


def clean_text(value: object) -> object:
    """Text without outer blanks, in NFC, with plain line breaks; control and hidden characters are refused."""
    return _cleaned(value, allowed=_LINE_BREAKS)


def clean_line(value: object) -> object:
    """The same in one line: no line break, no tabulator."""
    return _cleaned(value, allowed=frozenset())


def _cleaned(value: object, *, allowed: frozenset[str]) -> object:
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if text.isascii() and text.isprintable():
        return text
    for character in text:
        if character not in allowed and _is_hidden(character):
            code = f"U+{ord(character):04X}"
            raise ValueError(gettext("含有看不见的控制字符 %(code)s，请删除后重新输入", code=code))
    return text


def _is_hidden(character: str) -> bool:
    """Whether a character is not seen where it stands: it hides, reorders, or makes two names look alike."""
    is_no_character = ord(character) & _LAST_TWO == _LAST_TWO or "\ufdd0" <= character <= "\ufdef"
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co"} or character in _BLANK_LETTERS or is_no_character


def sentence(finding: Finding) -> str:
    """A finding in the reader's language, with the way to mend it."""
    way = worded(finding.way, finding.params) if finding.way else ""
    return joined(worded(finding.message, finding.params), way)


class BaseForm(FlaskForm):
    """A form of this product: every text field is cleaned, every refusal is shown with status 422 or 403."""

    _is_for_others = False

    class Meta(FlaskForm.Meta):
        """Binds each text field with the cleaning filter."""

        def bind_field(self, form: Form, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Clean what is typed; passwords stay as they are."""
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                given = unbound_field.kwargs.get("filters", ())
                is_long = issubclass(kind, TextAreaField)
                options = {**options, "filters": (clean_text if is_long else clean_line, *given)}
            bound: Field = unbound_field.bind(form=form, **options)
            if isinstance(bound, StringField) and not any(isinstance(check, AtMost) for check in bound.validators):
                bound.validators = [*bound.validators, AtMost(_MOST_TEXT)]  # no text is without a bound
            return bound

        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            """What was sent, as a form or as a flat JSON object; nothing sent is an empty form, not a missing one."""
            if formdata is None:
                return None
            if isinstance(formdata, MultiDict) or not request.is_json:
                given = super().wrap_formdata(form, formdata)
            else:
                given = json_fields()
            if given is not None:
                _check_each_once(form, request.form if given is request.values else given)
            return NOTHING_SENT if given is None and form.is_submitted() else given

    @property
    def status(self) -> int:
        """The status of the page that shows this form: 200, 422 with anything to mend, 403 when others must do it."""
        if self._is_for_others:
            return 403
        return 422 if self.errors else 200

    def check_again(self) -> None:
        """Read and check what was sent once more, for complaints in another language."""
        self.process(_Auto)
        self.validate()

    def report(self, findings: Iterable[Finding]) -> None:
        """Put what the rules found beside the fields it is about, or on top."""
        found = tuple(findings)
        note_refusal(found)
        self._is_for_others |= any(finding.is_about_who for finding in found)
        for finding in found:
            field = self._fields.get(finding.field)
            if field is None:
                self.form_errors.append(sentence(finding))
            else:
                field.errors = [*field.errors, sentence(finding)]

    def complain(self, text: str) -> None:
        """Put one sentence on top of the form."""
        self.form_errors.append(text)


def _check_each_once(form: Form, sent: Any) -> None:
    """A field that holds one value is sent once: of two, one part of a system reads the first, another the last."""
    for name, field in form._fields.items():
        if not isinstance(field, SelectMultipleField) and len(sent.getlist(name)) > 1:
            raise BadRequest("a field is repeated")


def sent_fields() -> MultiDict[str, str]:
    """What was sent in the body of this request, as a form or as a flat JSON object."""
    return json_fields() if request.is_json else request.form


class SeenForm(BaseForm):
    """A form that acts on something another may have changed: it says which version the person saw."""

    seen_version = VersionField()
    _is_overtaken = False

    @property
    def status(self) -> int:
        """409 where another was faster."""
        return 409 if self._is_overtaken else super().status

    def overtaken_by(self, fresh: "SeenForm") -> bool:
        """Whether another saved since the page was shown; then each field that differs says how it stands now.

        `fresh` is the same form made anew from what is stored. Nothing typed is lost: the next press is made by
        somebody who saw both.
        """
        stored = fresh.seen_version.object_data
        if self.seen_version.data == stored:
            return False
        self._is_overtaken, self.seen_version.data = True, stored
        self.complain(
            gettext("另一人已先保存了修改，您填写的没有保存。不同之处列在各栏旁边；核对后再次保存，以您填写的为准。")
        )
        for field in fresh:
            own = self[field.name]
            if not isinstance(field, HiddenField | VersionField | FileField) and own.data != field.object_data:
                own.errors = [*own.errors, gettext("现在保存的是：%(value)s", value=_stored_text(field))]
        return True


def _stored_text(field: Field) -> str:
    """What a field of a fresh form would show untouched."""
    if isinstance(field, SelectField):
        return next((str(one.label) for one in field.choices if one.value == field.object_data), "")
    field.data, field.raw_data = field.object_data, None
    return str(field._value() or gettext("（空）"))  # noqa: SLF001  WTForms has no public name for it


class MoneyForm(SeenForm):
    """A form that moves money: its key makes a second press the same press."""

    idempotency_key = IdempotencyField()


class ConfirmForm(SeenForm):
    """An act without any field, on its own page of consequences."""


class PressForm(MoneyForm):
    """An act without any field that moves money."""
