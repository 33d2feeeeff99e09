"""How far a case has come, for people: what happened, what comes next, days left, and why the clock stopped."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext as _

from vouchers.applications import queries, rules
from vouchers.applications.models import Application
from vouchers.applications.services import promised_days
from vouchers.applications.states import APPLICATIONS, ApplicationState
from vouchers.audit import queries as audit
from vouchers.kernel.clock import beijing_date
from vouchers.policy import queries as policy
from vouchers.policy.explanation import of_plan
from vouchers.policy.pack.phases import Phase
from vouchers.web.filters import hand, moment
from vouchers.web.forms import sentence

S = ApplicationState
_ACT = "application."
_INTO_STAGE = frozenset({"accept", "accept_to_decide", "pass_stage", "pass_stage_by_time", "return_stage_by_time"})


@dataclass(frozen=True, slots=True)
class Promise:
    """The term that runs now: working days promised and used, and what is left; `left` is None without a promise."""

    promised: int | None
    used: int
    left: int | None
    due_on: date | None
    is_provisional: bool
    is_stopped: bool
    why_stopped: str


def promise_of(application: Application, *, on: date) -> Promise:
    """The promise to the applicant as it stands on a day."""
    promised, calendar = promised_days(application), policy.work_calendar()
    is_stopped = application.clock_stopped_at is not None
    used = application.days_used
    if not is_stopped and application.stage_since is not None:
        used = rules.running_days(calendar, beijing_date(application.stage_since), on, used_before=used)
    return Promise(
        promised=promised,
        used=used,
        left=rules.days_left(calendar, application.due_on, on),
        due_on=application.due_on,
        is_provisional=application.due_is_provisional,
        is_stopped=is_stopped,
        why_stopped=_("等待申报单位补正") if is_stopped else "",
    )


def happened(application: Application, *, with_names: bool = False) -> list[dict[str, Any]]:
    """What happened to a case, oldest first, for the macro `timeline`; officers see who did it."""
    events = []
    stages = stage_names(application)
    for event in audit.history_of("application", application.public_id):
        action = event.act.removeprefix(_ACT)
        if event.before == event.after and action not in _INTO_STAGE:
            continue
        name = _named(action)
        stage = stages.get(str(event.details.get("stage", "")), "")
        notes = [_("进入%(stage)s", stage=stage)] if stage and action in _INTO_STAGE else []
        notes += [hand(event.actor_name, event.actor_kind)] if with_names else []
        notes += [event.reason] if event.reason and action != "confirm" else []
        state = "stopped" if action == "request_correction" else "past"
        events.append({"name": name, "at": moment(event.at), "note": " · ".join(notes), "state": state})
    return events


def _named(action: str) -> str:
    """What an act on a case is called; lifting a cap is no step of its lifecycle."""
    words = {
        "start": _("开始填写"),
        "lift_propose": _("提出放宽上限"),
        "lift_grant": _("同意放宽上限"),
        "lift_refuse": _("不同意放宽上限"),
    }
    return words[action] if action in words else str(_(APPLICATIONS.label(action)))


def timeline_of(application: Application, *, with_names: bool = False) -> list[dict[str, Any]]:
    """What happened and what comes next, for the macro `timeline`."""
    past = happened(application, with_names=with_names)
    if past and not application.clock_stopped_at:
        past[-1] = {**past[-1], "state": "now"}
    return past + [{"name": name, "state": "next"} for name in ahead(application)]


def ahead(application: Application) -> list[str]:
    """The steps that are still to come, with their terms."""
    pack = policy.pack(application.scheme_version)
    process = pack.process
    if application.state in {S.ISSUED, S.AWARDED, S.REJECTED, S.WITHDRAWN, S.LAPSED, S.OUT_OF_FUNDS}:
        return []
    keys = [stage.id for stage in process.stages]
    position = keys.index(application.stage) if application.stage in keys else -1
    is_decided = application.state in {S.DECIDED, S.ON_NOTICE, S.OBJECTED, S.NOTICE_ENDED, S.APPROVED}
    steps = []
    if not application.stage:
        steps.append(_within(_("受理"), process.acceptance.working_days))
    if not is_decided:
        steps += [_within(of_plan(pack, stage.name), stage.working_days) for stage in process.stages[position + 1 :]]
    if process.notice and application.state not in {S.NOTICE_ENDED, S.APPROVED, S.ON_NOTICE, S.OBJECTED}:
        steps.append(_within(_("公示"), process.notice.working_days))
    if application.state is not S.APPROVED:
        steps.append(_("批复"))
    return [*steps, _("核定并支付补助") if pack.pays_directly(application.voucher_kind) else _("发券")]


def why_not_issued(application: Application, *, on: date) -> list[str]:
    """Why no voucher can be issued on an approved case now: what its pack asks again and what does not hold."""
    if application.state is not S.APPROVED:
        return []
    return [sentence(one) for one in queries.asked_again(application, Phase.ISSUE, on=on)]


def stage_names(application: Application) -> dict[str, str]:
    """The names of the stages of the case's own version."""
    pack = policy.pack(application.scheme_version)
    return {stage.id: of_plan(pack, stage.name) for stage in pack.process.stages}


def where_it_stands(application: Application) -> str:
    """The stage in words, where the case is in one."""
    return stage_names(application).get(application.stage, "") if application.state is S.IN_STAGE else ""


def changes_since(application: Application) -> dict[str, Any]:
    """What differs between the last two submissions: the older value of each changed fact and paper."""
    newest = queries.last_submission(application)
    if newest is None:
        return {}
    older = queries.last_submission(application, before=newest.revision)
    return {} if older is None else dict(_differences(older.snapshot, newest.snapshot))


def _differences(older: dict[str, Any], newer: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in ("facts", "documents"):
        before, after = older.get(part, {}), newer.get(part, {})
        for name in sorted({*before, *after}):
            if before.get(name) != after.get(name):
                yield name, before.get(name)


def _within(name: str, days: int | None) -> str:
    return name if days is None else _("%(name)s · %(days)s 个工作日", name=name, days=days)
