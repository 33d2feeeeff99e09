"""What form macros must know of a field: its attributes, its shape, and the problems of a whole form."""

from collections.abc import Iterator
from typing import Any

from flask import Flask
from flask_babel import gettext
from wtforms import Field, Form, SelectField
from wtforms.fields import BooleanField, FileField, RadioField, SelectMultipleField, TextAreaField
from wtforms.widgets import CheckboxInput


def control_attributes(field: Field, hint: str, **options: Any) -> dict[str, Any]:
    """HTML attributes of a control: class, the texts that describe it, and what the page asked for."""
    described = " ".join(
        f"{field.id}-{part}" for part, is_there in (("hint", bool(hint)), ("error", bool(field.errors))) if is_there
    )
    attributes: dict[str, Any] = {"class": _css_class(field)}
    if described:
        attributes["aria-describedby"] = described
    if field.errors:
        attributes["aria-invalid"] = "true"
    if options.get("readonly"):
        attributes["readonly"] = True
    if options.get("type"):
        attributes["type"] = options["type"]
    if isinstance(field, TextAreaField):
        attributes["rows"] = options.get("rows") or 4
    return attributes


def is_choice_group(field: Field) -> bool:
    """Whether the field is drawn as a set of radio buttons or check boxes."""
    return isinstance(field, RadioField) or (
        isinstance(field, SelectMultipleField) and isinstance(field.option_widget, CheckboxInput)
    )


def has_uploads(form: Form) -> bool:
    """Whether the form carries files."""
    return any(isinstance(field, FileField) for field in form)


def form_problems(form: Form) -> list[tuple[str, str]]:
    """Each problem of a form as (anchor of its field, sentence), in the order of the page."""
    problems = [("", str(text)) for text in form.form_errors]
    for field in form:
        target = "" if field.name == "csrf_token" else field.id
        name = str(field.label.text) if target and not _is_hidden(field) else ""
        problems += [
            (target if name else "", text if not name or name in text else f"{name}{gettext('：')}{text}")
            for text in _texts(field.errors)
        ]
    return problems


def add_controls(app: Flask) -> None:
    """Make them known to templates."""
    app.jinja_env.globals.update(
        control_attributes=control_attributes,
        is_choice_group=is_choice_group,
        has_uploads=has_uploads,
        form_problems=form_problems,
    )


def _css_class(field: Field) -> str:
    if isinstance(field, BooleanField):
        return "form-check-input"
    if isinstance(field, SelectField) and not isinstance(field, RadioField):
        return "form-select"
    return f"form-control {getattr(field, 'css_class', '')}".strip()


def _is_hidden(field: Field) -> bool:
    return getattr(field.widget, "input_type", "") == "hidden"


def _texts(errors: Any) -> Iterator[str]:
    """Sentences out of whatever WTForms nests: field lists and sub-forms give lists and dictionaries."""
    if isinstance(errors, dict):
        for inner in errors.values():
            yield from _texts(inner)
    elif isinstance(errors, list | tuple):
        for inner in errors:
            yield from _texts(inner)
    else:
        yield str(errors)
