"""A voucher as its pages show it: figures, movements, its life, and what slices above add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from vouchers.documents.chinese import amount_in_words
from vouchers.issuance import queries, rules
from vouchers.issuance.models import Voucher
from vouchers.issuance.panels import Panel, PanelMaker, Place, Reader
from vouchers.issuance.queries import Figures, Sheet, UnitFigures
from vouchers.issuance.states import VoucherState
from vouchers.kernel.clock import beijing_date
from vouchers.providers.states import LABELS
from vouchers.providers.units import shown as in_units
from vouchers.web.display import has_page

TONES: Mapping[VoucherState, tuple[str, str]] = {
    VoucherState.ISSUED: ("wait", "clock"),
    VoucherState.ACTIVE: ("ok", "ok"),
    VoucherState.USED_UP: ("info", "info"),
    VoucherState.EXPIRED: ("wait", "wait"),
    VoucherState.FROZEN: ("wait", "lock"),
    VoucherState.VOID: ("bad", "bad"),
    VoucherState.DIRECT: ("ok", "ok"),
    VoucherState.ANNULLED: ("bad", "bad"),
}
"""Tag level and icon of each state."""
_SOON_DAYS = 60  # from here on the page says what is lost and who can still serve


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything a voucher's page needs."""

    voucher: Voucher
    standing: VoucherState
    sheet: Sheet
    figures: Figures
    lines: Sequence[Mapping[str, Any]]
    words: str
    days_left: int
    is_soon: bool
    life: Sequence[Mapping[str, Any]]
    panels: Mapping[str, Sequence[Panel]]
    units: UnitFigures | None

    def in_unit(self, parts: int) -> str:
        """So many parts of the unit of a voucher in kind, as people read them."""
        return "" if self.units is None else f"{in_units(parts, self.units.unit)} {_(LABELS[self.units.unit])}"

    @property
    def can_order(self) -> bool:
        """Whether there is something left to spend today."""
        has_units = self.units is None or self.units.left > 0
        return self.standing is VoucherState.ACTIVE and self.figures.left > 0 and has_units


def shown(voucher: Voucher, reader: Reader, *, on: date) -> Shown:
    """A voucher for a reader on a day."""
    figures = queries.figures(voucher)
    standing = rules.standing(voucher.state, queries.validity(voucher), on)
    left = rules.days_left(voucher.valid_until, on)
    makers: tuple[PanelMaker, ...] = current_app.extensions["voucher_panels"]
    panels = [panel for make in makers if (panel := make(voucher, reader, on)) is not None]
    lines = _lines(voucher, reader)
    return Shown(
        voucher=voucher,
        standing=standing,
        sheet=queries.sheet(voucher),
        figures=figures,
        lines=lines,
        words=amount_in_words(voucher.face),
        days_left=left,
        is_soon=standing is VoucherState.ACTIVE and figures.left > 0 and left <= _SOON_DAYS,
        life=_life(voucher, lines, standing, days_left=left, on=on),
        units=queries.unit_figures(voucher),
        panels={place.value: [panel for panel in panels if panel.place is place] for place in Place},
    )


def _lines(voucher: Voucher, reader: Reader) -> list[dict[str, Any]]:
    page = f"orders_{reader.value}.show_order"
    moves = queries.movements(voucher)
    orders = {move.subject for move in moves if move.is_hold}
    return [
        {
            "day": move.day,
            "kind": move.kind,
            "note": move.note,
            "document": move.document,
            "document_url": url_for(page, public_id=move.subject) if move.subject in orders and has_page(page) else "",
            "fen": move.fen,
            "balance": move.balance,
            "is_hold": move.is_hold,
        }
        for move in moves
    ]


def _life(
    voucher: Voucher, lines: Sequence[Mapping[str, Any]], standing: VoucherState, *, days_left: int, on: date
) -> list[dict[str, Any]]:
    begun = _("核定补助") if voucher.is_direct else _("发放")
    life: list[dict[str, Any]] = [{"name": begun, "at": beijing_date(voucher.issued_at).isoformat()}]
    if standing is VoucherState.ANNULLED:
        life.append({"name": _("撤销核定"), "at": lines[-1]["day"].isoformat()})
    if voucher.is_direct:
        return life
    first = next((line for line in lines if line["is_hold"]), None)
    if first is not None:
        life.append({"name": _("首次用券"), "at": first["day"].isoformat()})
    if standing is VoucherState.VOID:
        return [*life, {"name": _("作废"), "at": lines[-1]["day"].isoformat()}]
    if standing is VoucherState.EXPIRED or not days_left:
        return [*life, {"name": _("到期"), "at": voucher.valid_until.isoformat()}]
    return [
        *life,
        {"name": _("今天"), "at": on.isoformat(), "state": "now"},
        {
            "name": _("到期"),
            "at": voucher.valid_until.isoformat(),
            "note": _("还有 %(n)s 天", n=days_left),
            "state": "next",
        },
    ]
