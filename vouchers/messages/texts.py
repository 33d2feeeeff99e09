"""The words of a message, in the language that is in force: the first line is the subject."""

from collections.abc import Mapping
from typing import Any

from flask import current_app


def text_of(code: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body."""
    template = current_app.jinja_env.select_template([f"messages/{code}.txt", "messages/unknown.txt"])
    subject, _, body = template.render(params).strip().partition("\n")
    return subject.strip(), body.strip()
