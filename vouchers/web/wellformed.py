"""What a request may look like at all: kinds of body, how many fields, each parameter once, JSON without tricks."""

import json
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

MOST_FIELDS = 2_000
MOST_TEXT_BODY = 500_000
MANY = frozenset({"case"})  # what an address may carry several times: cases ticked in a list
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_TYPED = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
FORMS = _TYPED | {"application/json"}
_REPORTS = frozenset({"application/csp-report", "application/reports+json"})
_KINDS = FORMS | _REPORTS


def limit_body() -> None:
    """Only uploads may be large; called before anything reads the body."""
    if request.method not in _SAFE and request.mimetype != "multipart/form-data":
        request.max_content_length = MOST_TEXT_BODY


def check_shape() -> None:
    """Refuse a request that no page of ours and no honest script sends; after the form token was checked."""
    if sum(1 for _ in request.args.items(multi=True)) > MOST_FIELDS:
        raise BadRequest("too many parameters")
    if any(len(values) > 1 for name, values in request.args.lists() if name not in MANY):
        raise BadRequest("a parameter is repeated")
    if request.method in _SAFE:
        return
    has_body = bool(request.content_length) or "Transfer-Encoding" in request.headers
    if has_body and request.mimetype not in _KINDS:
        raise UnsupportedMediaType
    if request.mimetype in _TYPED and sum(1 for _ in request.form.items(multi=True)) > MOST_FIELDS:
        raise RequestEntityTooLarge


def json_fields() -> MultiDict[str, str]:
    """The fields of a JSON body; anything but an object of text, whole numbers and truth is not a form."""
    try:
        body = json.loads(request.get_data(), object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise BadRequest("no JSON object") from None
    if not isinstance(body, dict):
        raise BadRequest("a JSON object is expected")
    if len(body) > MOST_FIELDS:
        raise RequestEntityTooLarge
    fields: MultiDict[str, str] = MultiDict()
    for name, value in body.items():
        values = value if isinstance(value, list) else [value]
        if not all(isinstance(one, str | int | None) for one in values):
            raise BadRequest("fields of a form are text, whole numbers, true or false")
        fields.setlist(name, [_text(one) for one in values if one is not None and one is not False])
    return fields


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise BadRequest("a field is repeated")
    return found


def _text(value: str | int) -> str:
    """A value as text; half a surrogate pair is no character and can be neither stored nor shown."""
    text = str(value)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadRequest("half a surrogate pair") from None
    return text
