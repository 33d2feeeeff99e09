"""What the public check says of a voucher."""

from enum import StrEnum

from vouchers.issuance.states import VoucherState


class Standing(StrEnum):
    """Whether the voucher behind a certificate can be spent today."""

    VALID = "valid"
    NOT_YET = "not_yet"
    USED_UP = "used_up"
    EXPIRED = "expired"
    FROZEN = "frozen"
    VOID = "void"


OF_STATE: dict[VoucherState, Standing] = {
    VoucherState.ISSUED: Standing.NOT_YET,
    VoucherState.ACTIVE: Standing.VALID,
    VoucherState.USED_UP: Standing.USED_UP,
    VoucherState.EXPIRED: Standing.EXPIRED,
    VoucherState.FROZEN: Standing.FROZEN,
    VoucherState.VOID: Standing.VOID,
}

LABELS: dict[StrEnum, str] = {
    Standing.VALID: "有效",
    Standing.NOT_YET: "尚未生效",
    Standing.USED_UP: "已用完",
    Standing.EXPIRED: "已过期",
    Standing.FROZEN: "已冻结",
    Standing.VOID: "已作废",
}
