"""资金: envelopes and indicators side by side, and the documents behind them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.guards import current_actor, freshly_proven, repeatable, requires
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, press_once
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import RuleViolation
from vouchers.ledger import overview, queries
from vouchers.ledger.forms import EnvelopeForm, IndicatorForm, RefuseForm
from vouchers.ledger.models import FinanceDocument
from vouchers.ledger.services import documents
from vouchers.ledger.states import DOCUMENTS, LABELS, DocumentKind, DocumentState
from vouchers.policy.reach import check_reach
from vouchers.web.forms import PressForm

bp = Blueprint("ledger_office", __name__, url_prefix="/office/finance")


@bp.get("/")
@requires(Permission.FINANCE_READ)
def list_envelopes() -> ResponseReturnValue:
    """资金: what may be promised, what may be paid, and what no indicator covers."""
    actor, on = current_actor(), today()
    return render_template(
        "ledger/office/list_envelopes.html",
        pots=overview.pots(actor, on=on),
        cash=overview.cash(actor, on=on),
        uncovered=overview.gaps(actor, on=on),
        waiting=overview.waiting_documents(actor, on=on),
        labels=LABELS,
    )


@bp.get("/documents")
@requires(Permission.FINANCE_READ)
def list_documents() -> ResponseReturnValue:
    """财政文件: all documents, newest first."""
    page = overview.documents(current_actor(), request.args, on=today())
    choices = {
        name: [(one.value, LABELS[one]) for one in kind]
        for name, kind in (("kinds", DocumentKind), ("states", DocumentState))
    }
    return render_template("ledger/office/list_documents.html", page=page, labels=LABELS, **choices)


@bp.route("/envelopes/new", methods=["GET", "POST"])
@requires(Permission.FINANCE_RECORD)
def record_envelope() -> ResponseReturnValue:
    """登记发放规模."""
    form = EnvelopeForm()
    form.place.choices = [SelectChoice(*place) for place in overview.places(current_actor(), on=today())]
    if form.validate_on_submit():
        return _recorded(form, "ledger/office/record_envelope.html")
    return render_template("ledger/office/record_envelope.html", form=form), form.status


@bp.route("/indicators/new", methods=["GET", "POST"])
@requires(Permission.FINANCE_RECORD)
def record_indicator() -> ResponseReturnValue:
    """登记指标文."""
    form = IndicatorForm(fiscal_year=today().year)
    actor, on = current_actor(), today()
    form.place.choices = [SelectChoice(*place) for place in overview.cash_places(actor, on=on)]
    form.office.choices = [SelectChoice(*office) for office in overview.paying_offices()]
    originals = [one.totals.document for one in overview.cash(actor, on=on)]
    form.amends.choices = [SelectChoice("", _("不是压减"))] + [SelectChoice(str(d.id), d.number) for d in originals]
    if form.validate_on_submit():
        return _recorded(form, "ledger/office/record_indicator.html")
    return render_template("ledger/office/record_indicator.html", form=form), form.status


@bp.get("/documents/<public_id>")
@requires(Permission.FINANCE_READ)
def show_document(public_id: str) -> ResponseReturnValue:
    """One document: what it says, who recorded and who checked it."""
    return _document_page(public_id)


@bp.post("/documents/<public_id>/check")
@requires(Permission.FINANCE_CHECK)
@freshly_proven
@repeatable
def check_document(public_id: str) -> ResponseReturnValue:
    """复核通过: the money is in the books."""
    _seen(public_id)
    form, actor, at = PressForm(), current_actor(), now()

    def check() -> Done:
        seen = form.seen_version.data or 0
        return _done(documents.check_document(public_id, actor=actor, at=at, seen_version=seen))

    done = press_once(form, "document.check", check, words=_("已复核，金额已入账。"))
    return _document_page(public_id, form) if done is None else done


@bp.post("/documents/<public_id>/refuse")
@requires(Permission.FINANCE_CHECK)
@repeatable
def refuse_document(public_id: str) -> ResponseReturnValue:
    """退回: nothing is posted."""
    _seen(public_id)  # one that is not there is not asked for a reason
    form, actor, at = RefuseForm(), current_actor(), now()

    def refuse() -> Done:
        seen, reason = form.seen_version.data or 0, str(form.reason.data)
        return _done(documents.refuse_document(public_id, reason, actor=actor, at=at, seen_version=seen))

    done = press_once(form, "document.refuse", refuse, words=_("已退回登记人。"))
    return _document_page(public_id, form) if done is None else done


def _seen(public_id: str) -> FinanceDocument:
    """A document of a scheme within reach; others look like none."""
    document = queries.get_document(public_id)
    check_reach(document.scheme, current_actor(), on=today())
    return document


def _done(document: FinanceDocument) -> Done:
    return Done(url_for(".show_document", public_id=document.public_id), [document], ["amount"])


def _recorded(form: EnvelopeForm | IndicatorForm, template: str) -> ResponseReturnValue:
    try:
        with transaction():
            document = documents.record_document(form.to_document(), actor=current_actor(), at=now())
            address = url_for(".show_document", public_id=document.public_id)
    except RuleViolation as violation:
        form.report(violation.findings)
        return render_template(template, form=form), form.status
    flash(_("已登记，待另一人复核后入账。"), "success")
    return redirect(address, 303)


def _document_page(public_id: str, sent: PressForm | RefuseForm | None = None) -> ResponseReturnValue:
    document = _seen(public_id)
    fresh = RefuseForm(formdata=None, seen_version=document.version)
    form, refusal = sent or fresh, sent if isinstance(sent, RefuseForm) else fresh
    page = render_template(
        "ledger/office/show_document.html",
        document=document,
        layer=overview.layer_name(document.scheme, document.layer),
        kind=overview.kind_name(document.scheme, document.voucher_kind) if document.voucher_kind else "",
        is_indicator=document.kind is DocumentKind.INDICATOR,
        actions=DOCUMENTS.actions_in(document.state) if current_actor().may(Permission.FINANCE_CHECK) else (),
        is_own=document.recorded_by_id == current_actor().person_id,
        form=form,
        refusal=refusal,
        labels=LABELS,
    )
    return page, form.status
