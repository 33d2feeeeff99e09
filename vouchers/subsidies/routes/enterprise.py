"""合同、发票和付款凭证: what an ex-post case rests on, read and checked as it comes in."""

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from vouchers.accounts.guards import current_actor, requires
from vouchers.accounts.permissions import Permission
from vouchers.applications import queries as applications
from vouchers.applications.models import Application
from vouchers.db.transaction import transaction
from vouchers.files.intake import take_in
from vouchers.files.rules import INVOICE_KINDS
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.kernel.periods import DateRange
from vouchers.redemption.display import items
from vouchers.redemption.invoices.reading import read_invoice
from vouchers.redemption.services import InvoiceFile
from vouchers.subsidies import queries, services
from vouchers.subsidies.forms import SpendingInvoiceForm, SpendingPaperForm, upload_of
from vouchers.subsidies.services import NewInvoice, NewPaper
from vouchers.subsidies.states import LABELS, PaperKind
from vouchers.web.fields import DayField
from vouchers.web.forms import BaseForm

bp = Blueprint("subsidies_enterprise", __name__, url_prefix="/enterprise/applications/<public_id>/spending")


@bp.get("/")
@requires(Permission.APPLICATION_WRITE)
def show_spending(public_id: str) -> ResponseReturnValue:
    """Everything that was handed in, with every check."""
    application = _own(public_id)
    if not queries.is_direct(application):  # a scheme with vouchers asks for none of it
        return redirect(url_for("applications_enterprise.show_application", public_id=public_id), 303)
    return render_template(
        "subsidies/enterprise/show_spending.html",
        application=application,
        is_open=services.is_open(application),
        is_seller=queries.is_for_sellers(application),
        own=application.enterprise.organisation_id,
        invoices=queries.invoices_of(application.id),
        papers=queries.papers_of(application.id),
        checks=items(services.examine(application, on=today())),
        labels=LABELS,
    )


@bp.route("/invoice", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def add_invoice(public_id: str) -> ResponseReturnValue:
    """添加发票: read from its file and checked at once."""
    application, form = _own(public_id), SpendingInvoiceForm()

    def keep() -> Callable[[], object]:
        upload, actor, at = upload_of(form.invoice), current_actor(), now()
        file = InvoiceFile(take_in(upload, INVOICE_KINDS, field="invoice"), read_invoice(upload.content))
        service = DateRange(_day(form.service_from), _day(form.service_until))
        new = NewInvoice(file, str(form.contract_number.data), service, form.base.data)
        return lambda: services.add_invoice(public_id, new, actor=actor, at=at)

    done = _done(form, keep, public_id, words=_("发票已读出并计入。"))
    if done is not None:
        return done
    return render_template("subsidies/enterprise/add_invoice.html", form=form, application=application), form.status


@bp.route("/paper", methods=["GET", "POST"])
@requires(Permission.APPLICATION_WRITE)
def add_paper(public_id: str) -> ResponseReturnValue:
    """添加合同、付款凭证或交付证明."""
    application, form = _own(public_id), SpendingPaperForm()

    def keep() -> Callable[[], object]:
        received, actor, at = take_in(upload_of(form.file), field="file"), current_actor(), now()
        kind, reference = PaperKind(form.kind.data), str(form.reference.data or "")
        new = NewPaper(kind, received, _day(form.on), form.amount.data, reference)
        return lambda: services.add_paper(public_id, new, actor=actor, at=at)

    done = _done(form, keep, public_id, words=_("材料已保存。"))
    if done is not None:
        return done
    return render_template("subsidies/enterprise/add_paper.html", form=form, application=application), form.status


@bp.post("/<row>/remove")
@requires(Permission.APPLICATION_WRITE)
def remove(public_id: str, row: str) -> ResponseReturnValue:
    """删去: while the case is open to its applicant."""
    with transaction():
        services.remove(public_id, row, actor=current_actor(), at=now())
    flash(_("已删去。"), "success")
    return redirect(url_for(".show_spending", public_id=public_id), 303)


def _own(public_id: str) -> Application:
    return applications.get_own(public_id, current_actor().organisation_id)


def _done(
    form: BaseForm, prepare: Callable[[], Callable[[], object]], public_id: str, *, words: str
) -> ResponseReturnValue | None:
    """Keep what was sent, files read before the transaction; None when nothing was sent or it is refused."""
    if not form.validate_on_submit():
        return None
    try:
        keep = prepare()
        with transaction():
            keep()
    except RuleViolation as violation:
        form.report(violation.findings)
        return None
    flash(words, "success")
    return redirect(url_for(".show_spending", public_id=public_id), 303)


def _day(field: DayField) -> date:
    if field.data is None:
        raise ValueError("the form makes sure of the day")
    return field.data
