"""Reading vouchers: one, lists, the money on it, what may be issued."""

from vouchers.issuance.queries.figures import Figures, Movement, figures, movements
from vouchers.issuance.queries.finding import (
    ENDING,
    Case,
    beginning_by,
    by_code,
    ending_before,
    get,
    get_own,
    hold,
    lock,
    of_application,
    own,
    to_warn,
    validity,
)
from vouchers.issuance.queries.issuable import MOST_AT_ONCE, DryRun, Issuable, dry_run, issuable, paid_directly
from vouchers.issuance.queries.lists import VoucherRow, export_vouchers, list_own, list_vouchers
from vouchers.issuance.queries.quotas import caps_drawn, caps_to_draw, draw_key
from vouchers.issuance.queries.sheets import Sheet, kind_names, offers_for, sheet

__all__ = [
    "ENDING",
    "MOST_AT_ONCE",
    "Case",
    "DryRun",
    "Figures",
    "Issuable",
    "Movement",
    "Sheet",
    "VoucherRow",
    "beginning_by",
    "by_code",
    "caps_drawn",
    "caps_to_draw",
    "draw_key",
    "dry_run",
    "ending_before",
    "export_vouchers",
    "figures",
    "get",
    "get_own",
    "hold",
    "issuable",
    "kind_names",
    "list_own",
    "list_vouchers",
    "lock",
    "movements",
    "of_application",
    "offers_for",
    "own",
    "paid_directly",
    "sheet",
    "to_warn",
    "validity",
]
