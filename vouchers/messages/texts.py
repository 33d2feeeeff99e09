"""The words of a message, in the language that is in force: the first line is the subject."""

import re
from collections.abc import Mapping
from typing import Any

from flask import current_app

from vouchers.web.wording import word

_STOPPED_TWICE = re.compile("([。！？])[。.]")  # what somebody typed ends with a stop of its own


def text_of(code: str, params: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body. A value that breaks the line would end the subject, or the header it becomes (D11)."""
    template = current_app.jinja_env.select_template([f"messages/{code}.txt", "messages/unknown.txt"])
    flat = {name: word(" ".join(one.splitlines())) if isinstance(one, str) else one for name, one in params.items()}
    text = _STOPPED_TWICE.sub(r"\1", template.render(flat))
    subject, _, body = text.strip().partition("\n")
    return subject.strip(), body.strip()
