"""A document of an application put in place: a new file, or one handed in before."""

from vouchers.accounts.guards import current_actor
from vouchers.applications import services
from vouchers.applications.forms import DocumentForm
from vouchers.applications.rules.asking import AskedDocument
from vouchers.db.transaction import transaction
from vouchers.files.intake import take_in
from vouchers.files.rules import Upload
from vouchers.files.services import Received
from vouchers.files.states import FileKind
from vouchers.kernel.clock import now


def put_document(public_id: str, paper: AskedDocument, form: DocumentForm) -> None:
    """Keep what was chosen on the form."""
    actor, at, seen = current_actor(), now(), form.seen_version.data or 0
    if form.file.data is None:
        with transaction():
            services.reuse_document(public_id, paper.id, file=form.known.data, seen_version=seen, actor=actor, at=at)
        return
    upload = Upload(form.file.data.filename or "", form.file.content())
    received: Received = take_in(upload, frozenset(map(FileKind, paper.formats)), field="file")
    with transaction():
        services.add_document(public_id, paper.id, received=received, seen_version=seen, actor=actor, at=at)
