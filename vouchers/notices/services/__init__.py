"""Acts on public notices: opening, objecting, settling objections, ending, withdrawing, and the approval after."""

from vouchers.notices.services.approving import Approval, approve
from vouchers.notices.services.objecting import NewObjection, Resolution, lodge_objection, resolve
from vouchers.notices.services.publishing import (
    NewNotice,
    end_due,
    open_notice,
    settle_notice_days,
    withdraw_notice,
)

__all__ = [
    "Approval",
    "NewNotice",
    "NewObjection",
    "Resolution",
    "approve",
    "end_due",
    "lodge_objection",
    "open_notice",
    "resolve",
    "settle_notice_days",
    "withdraw_notice",
]
