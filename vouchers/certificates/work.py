"""Jobs of certificates: one fixes number and token inside a transaction, one renders outside of any and keeps."""

from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l

from vouchers.audit import heads
from vouchers.certificates import queries, services
from vouchers.certificates.filling import paper_of
from vouchers.certificates.paper import render_certificate
from vouchers.config import Environment, Settings
from vouchers.documents.press import PRESS
from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.files.store import current_store
from vouchers.issuance import queries as vouchers
from vouchers.issuance.services import CERTIFICATE_JOB
from vouchers.jobs.registry import JobKind, Payload
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import NotFound


def render(payload: Payload) -> Received | None:
    """Draw the paper and lay its bytes into the store; nothing when it was made before."""
    certificate = queries.of_voucher(vouchers.get(payload["voucher"]).id)
    if certificate is None:
        raise NotFound("the certificate was not ordered")
    if certificate.file_id is not None:
        return None
    settings: Settings = current_app.config["SETTINGS"]
    paper = paper_of(
        certificate,
        public_url=settings.public_url,
        contact=settings.contact,
        head=next(heads.kept(settings), None),
        is_demonstration=settings.environment is Environment.DEVELOPMENT,
    )
    content = render_certificate(paper, PRESS.printed)  # elsewhere, so that no paper can stop the worker
    sha256 = current_store().put(content)
    return Received(sha256, len(content), FileKind.PDF, f"算力券凭证 {certificate.number}.pdf")


def _order(
    payload: Payload,
    prepared: Any,  # noqa: ARG001  a finish is given what was prepared
    *,
    actor: Actor,
    at: datetime,
) -> None:
    services.order(payload["voucher"], actor=actor, at=at)


def _keep(payload: Payload, prepared: Received | None, *, actor: Actor, at: datetime) -> None:
    if prepared is not None:
        services.keep_paper(payload["voucher"], prepared, actor=actor, at=at)


MAKE = JobKind(CERTIFICATE_JOB, _order, label=_l("登记凭证"))
RENDER = JobKind(services.RENDER_JOB, _keep, prepare=render, label=_l("排印凭证"))
