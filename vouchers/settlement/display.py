"""Batches and statements as pages and files show them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Response
from flask_babel import gettext as _

from vouchers.accounts.permissions import Permission
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import today
from vouchers.kernel.errors import NotFound
from vouchers.policy import queries as policy
from vouchers.settlement import queries
from vouchers.settlement.models import Batch
from vouchers.settlement.queries import LineRow, Statement
from vouchers.settlement.rules.planning import Plan
from vouchers.settlement.states import ATTEMPT_LABELS, BATCHES, LABELS, AttemptState, BatchState
from vouchers.web.downloads import Cell, Column, Kind, csv_download, xlsx_download
from vouchers.web.filters import hand, moment
from vouchers.web.forms import sentence

LINE_TAGS = {
    AttemptState.PREPARED: "wait",
    AttemptState.SENT: "info",
    AttemptState.PAID: "ok",
    AttemptState.REFUSED: "bad",
}
_SENT = frozenset({BatchState.SENT, BatchState.RECONCILED, BatchState.CLOSED})


@dataclass(frozen=True, slots=True)
class ShownBatch:
    """A batch with its lines and what this reader may do with it now."""

    batch: Batch
    state: str
    rows: Sequence[LineRow]
    acts: frozenset[str]
    past: list[dict[str, Any]]
    labels: dict[Any, str]
    tags: dict[AttemptState, str]
    shows_total: bool


def batch(found: Batch, actor: Actor) -> ShownBatch:
    """The batch as its page shows it; a checker who has still to sign does not see the total."""
    rows = queries.line_rows(found)
    acts = frozenset(_acts(found, rows, actor))
    return ShownBatch(
        batch=found,
        state=_(LABELS[found.state]),
        rows=rows,
        acts=acts,
        past=_past(found),
        labels=dict(ATTEMPT_LABELS),
        tags=LINE_TAGS,
        shows_total="approve" not in acts,
    )


def state_choices() -> list[tuple[str, str]]:
    """The states of batches, for a filter."""
    return [(state.value, _(LABELS[state])) for state in BatchState]


def plan(scheme: str, year: int | None) -> Plan | None:
    """What a batch would pay now; nothing without a scheme."""
    if not scheme or year is None:
        return None
    try:
        found = policy.scheme(scheme)
    except NotFound:
        return None
    return queries.plan_for(found.id, year, on=today())


def answered(rows: Sequence[Mapping[str, Any]] | None) -> list[dict[str, Any]] | None:
    """What became of each row of an answer file, as it was stored."""
    return None if rows is None else [{**row, "text": _(row["text"]).format_map(row["params"])} for row in rows]


def import_note(answer: Mapping[str, Any]) -> tuple[str, str] | None:
    """In one sentence what an answer file changed, with the level of the notice; None before one was sent."""
    if answer["rows"] is None:
        return None
    changed = sum(row["changed"] for row in answer["rows"])
    words = {"rows": len(answer["rows"]), "changed": changed}
    if answer["earlier"]:
        at = moment(datetime.fromisoformat(answer["earlier"])).striptags()
        return "warn", _("这份文件已在 %(at)s 导入过。本次登记 %(changed)s 行，其余行未改动任何款项。", at=at, **words)
    return "info", _("共 %(rows)s 行，登记 %(changed)s 行，其余行未改动任何款项。", **words)


def why(finding: Any) -> str:
    """A reason in the reader's language."""
    return sentence(finding)


STATEMENT_COLUMNS = (
    Column("日期", Kind.DAY),
    Column("事项"),
    Column("核销编号"),
    Column("批次"),
    Column("支付单位"),
    Column("金额（元）", Kind.FEN),
    Column("状态"),
    Column("银行流水号"),
    Column("原因"),
)


def statement_file(statement: Statement, kind: str) -> Response:
    """A statement as CSV or XLSX."""
    make = {"csv": csv_download, "xlsx": xlsx_download}.get(kind)
    if make is None:
        raise NotFound("no such kind of file")
    name = f"对账单-{statement.payee}-{statement.month}"
    return make(name, STATEMENT_COLUMNS, rows=statement_rows(statement))


def statement_rows(statement: Statement) -> Iterator[Sequence[Cell]]:
    """A statement as rows of a sheet."""
    for award in statement.awards:
        yield award.on, _("核定"), award.number, "", "", award.amount, "", "", ""
    for payment in statement.payments:
        state = _(ATTEMPT_LABELS[payment.state])
        yield (
            payment.on,
            _("支付"),
            payment.claims,
            payment.batch,
            payment.paying_office,
            payment.amount,
            state,
            payment.reference,
            payment.reason,
        )


def _acts(found: Batch, rows: Sequence[LineRow], actor: Actor) -> Iterator[str]:
    """What this reader may do now, from the lifecycle and their permissions."""
    makes, checks = actor.may(Permission.BATCH_MAKE), actor.may(Permission.BATCH_APPROVE)
    for action in BATCHES.actions_in(found.state):
        if (makes and action in {"lock", "close"}) or (checks and action in {"approve", "reopen", "release"}):
            yield action
    if makes and found.state is BatchState.OPEN:
        yield "drop"
    if makes and found.state in {BatchState.RELEASED, BatchState.SENT}:
        yield "export"
    if makes and found.state in _SENT:
        yield "import"
        if any(row.state is AttemptState.REFUSED for row in rows) and queries.refused_lines(found.id):
            yield "follow"


def _past(found: Batch) -> list[dict[str, Any]]:
    names = {f"batch.{one.action}": one.label for one in BATCHES.transitions}
    names |= {
        "batch.make": "编制",
        "batch.drop_line": "移出明细",
        "batch.export_again": "再次导出",
        "batch.import_result": "导入回单",
    }
    return [
        {
            "name": _(names.get(event.act, event.act)),
            "at": moment(event.at),
            "note": "，".join(part for part in (hand(event.actor_name, event.actor_kind), event.reason) if part),
            "state": "past",
        }
        for event in queries.history(found)
    ]
