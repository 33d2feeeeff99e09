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
from wtforms import FileField, Form, HiddenField, PasswordField, SelectField, StringField
from wtforms.fields.core import Field

from vouchers.kernel.findings import Finding
from vouchers.web.fields import IdempotencyField, VersionField
from vouchers.web.wording import joined, worded

NOTHING_SENT: ImmutableMultiDict[str, str] = ImmutableMultiDict()
_LINE_BREAKS = frozenset("\n\t")
_ALLOWED_FORMATS = frozenset("\u200d")  # joins emoji and some scripts; the other format characters hide or reorder text


def clean_text(value: object) -> object:
    """Text without outer blanks, in NFC, with plain line breaks; control and hidden characters are refused."""
    if not isinstance(value, str):
        return value
    text = unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).strip()
    for character in text:
        category = unicodedata.category(character)
        is_allowed = character in _LINE_BREAKS or character in _ALLOWED_FORMATS
        if category in {"Cc", "Cf", "Cs", "Co"} and not is_allowed:
            code = f"U+{ord(character):04X}"
            raise ValueError(gettext("含有看不见的控制字符 %(code)s，请删除后重新输入", code=code))
    return text


def sentence(finding: Finding) -> str:
    """A finding in the reader's language, with the way to mend it."""
    way = worded(finding.way, finding.params) if finding.way else ""
    return joined(worded(finding.message, finding.params), way)


class BaseForm(FlaskForm):
    """A form of this product: every text field is cleaned, every refusal is shown with status 422."""

    class Meta(FlaskForm.Meta):
        """Binds each text field with the cleaning filter."""

        def bind_field(self, form: Form, unbound_field: Any, options: dict[str, Any]) -> Field:
            """Clean what is typed; passwords stay as they are."""
            kind = unbound_field.field_class
            if issubclass(kind, StringField) and not issubclass(kind, PasswordField):
                given = unbound_field.kwargs.get("filters", ())
                options = {**options, "filters": (clean_text, *given)}
            bound: Field = unbound_field.bind(form=form, **options)
            return bound

        def wrap_formdata(self, form: Form, formdata: Any) -> Any:
            """What was sent, as a form or as a flat JSON object; nothing sent is an empty form, not a missing one."""
            if formdata is None:
                return None
            is_own = isinstance(formdata, MultiDict)  # handed in by the page itself
            given = _from_json() if request.is_json and not is_own else super().wrap_formdata(form, formdata)
            return NOTHING_SENT if given is None and form.is_submitted() else given

    @property
    def status(self) -> int:
        """The status of the page that shows this form: 200, or 422 with anything to mend."""
        return 422 if self.errors else 200

    def check_again(self) -> None:
        """Read and check what was sent once more, for complaints in another language."""
        self.process(_Auto)
        self.validate()

    def report(self, findings: Iterable[Finding]) -> None:
        """Put what the rules found beside the fields it is about, or on top."""
        for finding in findings:
            field = self._fields.get(finding.field)
            if field is None:
                self.form_errors.append(sentence(finding))
            else:
                field.errors = [*field.errors, sentence(finding)]

    def complain(self, text: str) -> None:
        """Put one sentence on top of the form."""
        self.form_errors.append(text)


def sent_fields() -> MultiDict[str, str]:
    """What was sent in the body of this request, as a form or as a flat JSON object."""
    return _from_json() if request.is_json else request.form


def _from_json() -> MultiDict[str, str]:
    """The fields of a JSON body; anything but text, whole numbers and truth is not a form."""
    body = request.get_json()
    if not isinstance(body, dict):
        raise BadRequest("a JSON object is expected")
    fields: MultiDict[str, str] = MultiDict()
    for name, value in body.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str | int | None) for one in values):
            raise BadRequest("fields of a form are text, whole numbers, true or false")
        fields.setlist(name, [str(one) for one in values if one is not None and one is not False])
    return fields


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
