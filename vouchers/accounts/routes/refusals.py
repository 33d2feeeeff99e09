"""Refusals that an auditor wants to see: somebody pressed for an act that separation of duties forbids them."""

from flask import Flask, Response, request

from vouchers.accounts.guards import current_actor
from vouchers.audit.services import Subject, record
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now
from vouchers.kernel.findings import ABOUT_WHO
from vouchers.web.refusals import refused_codes

_KEPT = ABOUT_WHO | {"admins-apart", "last-admin"}  # nobody may do these


def remember_refusals(app: Flask) -> None:
    """After each answer keep an event when the act was refused because of who pressed for it."""
    app.after_request(_remember)


def _remember(response: Response) -> Response:
    codes = sorted(_KEPT.intersection(refused_codes()))
    if codes and request.method == "POST":
        named = "/".join(str(value) for value in (request.view_args or {}).values())
        details = {"act": request.endpoint, "because": codes}
        with transaction():
            record("refuse_act", Subject("page", named), actor=current_actor(), at=now(), details=details)
    return response
