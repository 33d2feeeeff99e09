"""When a request was here in full: what counts against a deadline is neither its first byte nor when it is done."""

from datetime import datetime

from flask import g, has_request_context, request

from vouchers.kernel.clock import now
from vouchers.web.wellformed import FORMS


def note_arrival() -> None:
    """Read all of a form and remember the instant; called before any page (INV-31). Reports are limited apart."""
    if request.mimetype in FORMS:
        request.get_data(parse_form_data=True)
    g.arrived_at = now()


def arrived_at() -> datetime:
    """When this request had been read in full, in UTC."""
    arrived: datetime | None = g.get("arrived_at") if has_request_context() else None
    return arrived or now()
