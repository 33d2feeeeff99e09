"""兑付: batches from what is due to the bank's answers; maker and checker are two people."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from vouchers.accounts.guards import current_actor, freshly_proven, repeatable, requires
from vouchers.accounts.noting import note_export
from vouchers.accounts.permissions import Permission
from vouchers.accounts.pressing import Done, Work, press_once, press_prepared
from vouchers.audit import queries as chain
from vouchers.audit.services import Subject
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.parties import queries as parties
from vouchers.parties import rules as parties_rules
from vouchers.policy.reach import check_reach
from vouchers.settlement import display, queries, services
from vouchers.settlement.forms import BatchForm, ExportForm, FollowForm, ReopenForm, ResultForm, SignForm
from vouchers.settlement.models import Batch
from vouchers.settlement.queries import MOST_MONTHS, Statement
from vouchers.settlement.rules.bank_file import Encoding, read_answers
from vouchers.settlement.states import ATTEMPT_LABELS, LABELS
from vouchers.web.downloads import CSV_TYPE, file_download
from vouchers.web.forms import MoneyForm, PressForm
from vouchers.web.wording import said

bp = Blueprint("settlement_office", __name__, url_prefix="/office/batches")


@bp.get("/")
@requires(Permission.FINANCE_READ)
def list_batches() -> ResponseReturnValue:
    """兑付: all batches, the newest first."""
    page = queries.list_batches(request.args.to_dict(), current_actor(), on=today())
    may_make = current_actor().may(Permission.BATCH_MAKE)
    states = display.state_choices()
    return render_template(
        "settlement/office/list_batches.html",
        page=page,
        labels=LABELS,
        states=states,
        may_make=may_make,
        under_way=chain.restoration_under_way(),
    )


@bp.route("/new", methods=["GET", "POST"])
@requires(Permission.BATCH_MAKE)
@repeatable
def make_batch() -> ResponseReturnValue:
    """编制批次: what is due for a scheme and year, what can be paid, and what cannot and why."""
    schemes = queries.schemes_with_dues(current_actor(), on=today())
    form = BatchForm(seen_version=0, fiscal_year=today().year, scheme=request.args.get("scheme", ""))
    form.scheme.choices = [SelectChoice(key, said(title)) for key, title in schemes]
    done = _done(
        form,
        "make",
        lambda: services.make_batch(form.to_batch(), actor=current_actor(), at=now()),
        words=_("批次已编制，核对后请锁定送审。"),
    )
    if done is not None:
        return done
    wanted = form.scheme.data if form.scheme.data in dict(schemes) else next((key for key, _title in schemes), "")
    plan = display.plan(wanted, form.fiscal_year.data)
    return render_template("settlement/office/make_batch.html", form=form, plan=plan, schemes=schemes), form.status


@bp.get("/statements")
@requires(Permission.FINANCE_READ)
def list_statements() -> ResponseReturnValue:
    """对账单: every payee, by month."""
    page = "settlement/office/list_statements.html"
    return render_template(page, payees=queries.payees(current_actor(), on=today()), months=queries.months_of(today()))


@bp.get("/statements/<payee>/<month>")
@requires(Permission.FINANCE_READ)
def show_statement(payee: str, month: str) -> ResponseReturnValue:
    """One payee and month: every award and every payment."""
    page, statement = "settlement/office/show_statement.html", _statement(payee, month)
    return render_template(page, statement=statement, payee=payee, labels=ATTEMPT_LABELS, tags=display.LINE_TAGS)


@bp.get("/statements/<payee>/<month>.<kind>")
@requires(Permission.FINANCE_READ)
def download_statement(payee: str, month: str, kind: str) -> ResponseReturnValue:
    """The same as a file."""
    file = display.statement_file(_statement(payee, month), kind)
    note_export("statement", Subject("organisation", payee))
    return file


@bp.get("/<public_id>")
@requires(Permission.FINANCE_READ)
def show_batch(public_id: str) -> ResponseReturnValue:
    """批次: every line, what may be done now, and what happened."""
    return _batch_page(public_id, PressForm())


@bp.post("/<public_id>/lines/<attempt>/drop")
@requires(Permission.BATCH_MAKE)
@repeatable
def drop_line(public_id: str, attempt: str) -> ResponseReturnValue:
    """移出: the line stays due."""
    actor, at = current_actor(), now()
    return _press(
        public_id, "drop", lambda seen: services.drop_line(public_id, attempt, actor=actor, at=at, seen_version=seen)
    )


@bp.post("/<public_id>/lock")
@requires(Permission.BATCH_MAKE)
@repeatable
def lock_batch(public_id: str) -> ResponseReturnValue:
    """锁定送审: lines, count and total are frozen."""
    actor, at = current_actor(), now()
    return _press(public_id, "lock", lambda seen: services.lock(public_id, actor=actor, at=at, seen_version=seen))


@bp.route("/<public_id>/approve", methods=["GET", "POST"])
@requires(Permission.BATCH_APPROVE)
@freshly_proven
@repeatable
def approve_batch(public_id: str) -> ResponseReturnValue:
    """复核: the checker types the total from their own copy; the page does not show it."""
    batch = _seen(public_id)
    form, actor, at = SignForm(seen_version=batch.version), current_actor(), now()
    done = _done(
        form,
        "approve",
        lambda: services.approve(public_id, form.to_signature(), actor=actor, at=at),
        words=_("复核通过，可以签发支付。"),
    )
    if done is not None:
        return done
    rows = queries.line_rows(batch)
    return render_template("settlement/office/approve_batch.html", form=form, batch=batch, rows=rows), form.status


@bp.route("/<public_id>/reopen", methods=["GET", "POST"])
@requires(Permission.BATCH_APPROVE)
@repeatable
def reopen_batch(public_id: str) -> ResponseReturnValue:
    """退回修改: back to the maker."""
    batch = _seen(public_id)
    form, actor, at = ReopenForm(seen_version=batch.version), current_actor(), now()
    done = _done(
        form,
        "reopen",
        lambda: services.reopen(public_id, form.reason.data, actor=actor, at=at, seen_version=form.seen_version.data),
        words=_("已退回制单人修改。"),
    )
    if done is not None:
        return done
    return render_template("settlement/office/reopen_batch.html", form=form, batch=batch), form.status


@bp.route("/<public_id>/release", methods=["GET", "POST"])
@requires(Permission.BATCH_APPROVE)
@freshly_proven
@repeatable
def release_batch(public_id: str) -> ResponseReturnValue:
    """签发支付: commitments are paid and indicators spent, once."""
    batch = _seen(public_id)
    form, actor, at = PressForm(seen_version=batch.version), current_actor(), now()
    done = _done(
        form,
        "release",
        lambda: services.release(public_id, actor=actor, at=at, seen_version=form.seen_version.data),
        words=_("已签发，请制单人导出支付文件送银行。"),
    )
    if done is not None:
        return done
    return render_template("settlement/office/release_batch.html", form=form, batch=batch), form.status


@bp.route("/<public_id>/file", methods=["GET", "POST"])
@requires(Permission.BATCH_MAKE)
def export_file(public_id: str) -> ResponseReturnValue:
    """导出支付文件: line by line as released; the file's hash is kept."""
    batch = _seen(public_id)
    form = ExportForm(channel=next(iter(queries.channels_in(batch)), "") or parties_rules.BANK)
    if form.validate_on_submit():
        try:
            with transaction():
                encoding = Encoding(form.encoding.data)
                channel = parties_rules.stored_channel(form.channel.data)
                made = services.export_file(public_id, encoding, channel=channel, actor=current_actor(), at=now())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            return file_download(made.content, made.name, media_type=CSV_TYPE.replace("utf-8", encoding.value))
    page, several = "settlement/office/export_file.html", len(queries.channels_in(batch)) > 1
    return render_template(page, form=form, batch=batch, several=several), form.status


@bp.route("/<public_id>/result", methods=["GET", "POST"])
@requires(Permission.BATCH_MAKE)
@repeatable
def import_result(public_id: str) -> ResponseReturnValue:
    """导入回单: row by row; what changes nothing is listed with the reason."""
    form, actor, at = ResultForm(seen_version=_seen(public_id).version), current_actor(), now()

    def page(answer: Any) -> ResponseReturnValue:
        return render_template(
            "settlement/office/import_result.html",
            form=form,
            batch=queries.get(public_id),
            answered=display.answered(answer["rows"]),
            note=display.import_note(answer),
        ), form.status

    def prepare() -> Work:
        content = form.file.content()
        rows = read_answers(content)

        def take_in() -> Done:
            first = queries.imported_at(queries.get(public_id), content)
            answered = services.import_result(public_id, rows, content=content, actor=actor, at=at)
            told = {"rows": [asdict(row) for row in answered], "earlier": first.isoformat() if first else ""}
            return _batch_done(queries.get(public_id), **told)

        return take_in

    return press_prepared([form], "batch.result", prepare, page=page) or page({"rows": None, "earlier": ""})


@bp.route("/<public_id>/follow-up", methods=["GET", "POST"])
@requires(Permission.BATCH_MAKE)
@repeatable
def follow_up(public_id: str) -> ResponseReturnValue:
    """重新支付: a batch of nothing but the refused lines, with the account as it is now."""
    batch = _seen(public_id)
    form, actor, at = FollowForm(seen_version=batch.version, fiscal_year=today().year), current_actor(), now()
    done = _done(
        form,
        "follow",
        lambda: services.follow_up(
            public_id, form.fiscal_year.data or 0, actor=actor, at=at, seen_version=form.seen_version.data
        ),
        words=_("已编制后续批次，核对后请锁定送审。"),
    )
    if done is not None:
        return done
    return render_template("settlement/office/follow_up.html", form=form, batch=batch), form.status


@bp.post("/<public_id>/close")
@requires(Permission.BATCH_MAKE)
@repeatable
def close_batch(public_id: str) -> ResponseReturnValue:
    """办结: every line was answered."""
    actor, at = current_actor(), now()
    return _press(public_id, "close", lambda seen: services.close(public_id, actor=actor, at=at, seen_version=seen))


def _statement(payee: str, month: str) -> Statement:
    if month not in queries.months_of(today(), MOST_MONTHS):
        raise NotFound("no such month")
    actor, on = current_actor(), today()
    if payee not in dict(queries.payees(actor, on=on)):
        raise NotFound("no such payee within reach")
    return queries.statement_of(parties.get(payee), month, seen_by=(actor, on))


def _seen(public_id: str) -> Batch:
    """A batch of a scheme within reach; others look like none."""
    batch = queries.get(public_id)
    check_reach(batch.scheme, current_actor(), on=today())
    return batch


def _batch_page(public_id: str, form: PressForm) -> ResponseReturnValue:
    shown = display.batch(_seen(public_id), current_actor())
    page, under_way = "settlement/office/show_batch.html", chain.restoration_under_way()
    return render_template(page, form=form, shown=shown, under_way=under_way), form.status


def _press(public_id: str, operation: str, act: Callable[[int | None], Batch]) -> ResponseReturnValue:
    """An act without fields; refused, the batch's page says why."""
    _seen(public_id)
    form = PressForm()
    done = _done(form, operation, lambda: act(form.seen_version.data))
    return _batch_page(public_id, form) if done is None else done


def _done(form: MoneyForm, operation: str, act: Callable[[], Batch], *, words: str = "") -> ResponseReturnValue | None:
    """Do an act once under the form's key and go on to its batch; None when nothing was sent or rules refuse it."""
    return press_once(form, f"batch.{operation}", lambda: _batch_done(act()), words=words)


def _batch_done(batch: Batch, **more: Any) -> Done:
    return Done(url_for(".show_batch", public_id=batch.public_id), [batch], ["total"], more)
