"""公示 for everybody: who is to be supported with how much, and the form to object."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import TooManyRequests

from vouchers.accounts.guards import current_actor, public
from vouchers.accounts.rules import Limit
from vouchers.accounts.services import count_try
from vouchers.accounts.visitors import kept_for_visitors
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import now, today
from vouchers.kernel.errors import NotFound, RuleViolation
from vouchers.notices import queries, services
from vouchers.notices.board import days_left, in_kind, kind_names, totals
from vouchers.notices.forms import ObjectionForm
from vouchers.notices.models import PublicNotice
from vouchers.notices.rules import OBJECTION_HOURS, OBJECTION_TRIES
from vouchers.notices.services import NewObjection
from vouchers.notices.states import LABELS, TONES, NoticeState
from vouchers.web.arrival import arrived_at

bp = Blueprint("notices_public", __name__, url_prefix="/notices")

_LIMIT = Limit("objection", OBJECTION_TRIES, OBJECTION_HOURS)


@bp.get("/")
@public
@kept_for_visitors
def list_notices() -> ResponseReturnValue:
    """公示: the newest first."""
    page = queries.published(request.args)
    return render_template("notices/public/list_notices.html", page=page, labels=LABELS, tones=TONES)


@bp.get("/<public_id>")
@public
@kept_for_visitors
def show_notice(public_id: str) -> ResponseReturnValue:
    """One notice: every entry, the days left, and how to object; one that was taken down says so instead."""
    notice = _visible(public_id)
    if notice.state is NoticeState.WITHDRAWN:
        tag = {"state": LABELS[notice.state], "tone": TONES[notice.state]}
        return render_template("notices/public/show_withdrawn.html", notice=notice, **tag)
    entries, rankings = queries.entries_of(notice.id), queries.rankings_of(notice.id)
    return render_template(
        "notices/public/show_notice.html",
        notice=notice,
        rankings=rankings,
        reserves=queries.reserves_of(rankings),
        state=LABELS[notice.state],
        tone=TONES[notice.state],
        entries=entries,
        total=totals(entries),
        kinds=kind_names(notice),
        units=in_kind(notice, entries),
        left=days_left(notice, today()),
    )


@bp.route("/entries/<public_id>/object", methods=["GET", "POST"])
@public
def lodge_objection(public_id: str) -> ResponseReturnValue:
    """提出异议: anybody, with or without a name."""
    entry = queries.get_entry(public_id)
    notice = _visible(queries.notice_of(entry).public_id)
    form = ObjectionForm()
    if form.validate_on_submit():
        _count()
        new = NewObjection(public_id, form.text.data or "", form.contact_name.data or "", form.contact.data or "")
        try:
            with transaction():
                services.lodge_objection(new, actor=current_actor(), at=arrived_at())
        except RuleViolation as violation:
            form.report(violation.findings)
        else:
            flash(_("异议已收到。处理期间，该单位不会获得批复。"), "success")
            return redirect(url_for(".show_notice", public_id=notice.public_id), 303)
    page = "notices/public/lodge_objection.html"
    term = queries.term_of(entry, notice)
    return render_template(page, form=form, notice=notice, entry=entry, term=term), form.status


def _visible(public_id: str) -> PublicNotice:
    notice = queries.get(public_id)
    if notice.scheme.is_rehearsal:
        raise NotFound(f"notice {public_id}")
    return notice


def _count() -> None:
    """Count each try of an address in a transaction of its own, before it is looked at."""
    with transaction():
        wait = count_try(_LIMIT, current_actor().address, at=now())
    if wait:
        raise TooManyRequests(retry_after=wait)
