"""Kinds of accounts and transfers, and the two signatures under a finance document."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition


class AccountKind(StrEnum):
    """What rests in an account."""

    GRANT = "grant"
    ENVELOPE = "envelope"
    VOUCHER = "voucher"
    HELD = "held"
    PAYABLE = "payable"
    PAID = "paid"
    TREASURY = "treasury"
    INDICATOR = "indicator"
    SPENT = "spent"
    ALLOWANCE = "allowance"
    QUOTA = "quota"
    DRAWN = "drawn"


class TransferKind(StrEnum):
    """What a movement means."""

    APPROPRIATE = "appropriate"
    REDUCE_ENVELOPE = "reduce_envelope"
    ISSUE = "issue"
    HOLD = "hold"
    ASSIGN = "assign"
    RELEASE = "release"
    RELEASE_ENDED = "release_ended"
    REDEEM = "redeem"
    UNREDEEM = "unredeem"
    PAY = "pay"
    REFUSED_PAYMENT = "refused_payment"
    RECOVER = "recover"
    EXPIRE = "expire"
    VOID = "void"
    ALLOT = "allot"
    CUT = "cut"
    SPEND = "spend"
    UNSPEND = "unspend"
    RETURN_TO_TREASURY = "return_to_treasury"
    OPEN_QUOTA = "open_quota"
    DRAW_QUOTA = "draw_quota"
    RETURN_QUOTA = "return_quota"
    CLOSE_QUOTA = "close_quota"


class DocumentKind(StrEnum):
    """What a finance document does."""

    ENVELOPE = "envelope"
    INDICATOR = "indicator"


class DocumentState(StrEnum):
    """A finance document counts once a second person has checked it."""

    RECORDED = "recorded"
    CHECKED = "checked"
    REFUSED = "refused"


A, T = AccountKind, TransferKind

MAY_GO_BELOW_ZERO = frozenset({A.GRANT, A.TREASURY, A.ALLOWANCE})
"""Sources: what stands outside the books, so that every book sums to zero."""

JOINS: dict[TransferKind, tuple[AccountKind, AccountKind]] = {
    T.APPROPRIATE: (A.GRANT, A.ENVELOPE),
    T.REDUCE_ENVELOPE: (A.ENVELOPE, A.GRANT),
    T.ISSUE: (A.ENVELOPE, A.VOUCHER),
    T.HOLD: (A.VOUCHER, A.HELD),
    T.ASSIGN: (A.HELD, A.HELD),
    T.RELEASE: (A.HELD, A.VOUCHER),
    T.RELEASE_ENDED: (A.HELD, A.ENVELOPE),
    T.REDEEM: (A.HELD, A.PAYABLE),
    T.UNREDEEM: (A.PAYABLE, A.HELD),
    T.PAY: (A.PAYABLE, A.PAID),
    T.REFUSED_PAYMENT: (A.PAID, A.PAYABLE),
    T.RECOVER: (A.PAID, A.ENVELOPE),
    T.EXPIRE: (A.VOUCHER, A.ENVELOPE),
    T.VOID: (A.VOUCHER, A.ENVELOPE),
    T.ALLOT: (A.TREASURY, A.INDICATOR),
    T.CUT: (A.INDICATOR, A.TREASURY),
    T.SPEND: (A.INDICATOR, A.SPENT),
    T.UNSPEND: (A.SPENT, A.INDICATOR),
    T.RETURN_TO_TREASURY: (A.SPENT, A.TREASURY),
    T.OPEN_QUOTA: (A.ALLOWANCE, A.QUOTA),
    T.DRAW_QUOTA: (A.QUOTA, A.DRAWN),
    T.RETURN_QUOTA: (A.DRAWN, A.QUOTA),
    T.CLOSE_QUOTA: (A.QUOTA, A.ALLOWANCE),
}
"""From which kind of account (debit) to which (credit) a transfer leads. The database holds it by trigger."""

DOCUMENTS = Lifecycle(
    "finance_document",
    [
        Transition("check", frozenset({DocumentState.RECORDED}), DocumentState.CHECKED, "复核通过"),
        Transition("refuse", frozenset({DocumentState.RECORDED}), DocumentState.REFUSED, "退回"),
    ],
)

ACCOUNT_LABELS: dict[StrEnum, str] = {
    A.GRANT: "批准规模",
    A.ENVELOPE: "可发放",
    A.VOUCHER: "券面余额",
    A.HELD: "占用",
    A.PAYABLE: "应付",
    A.PAID: "已付",
    A.TREASURY: "国库",
    A.INDICATOR: "指标余额",
    A.SPENT: "已支出",
    A.ALLOWANCE: "额度来源",
    A.QUOTA: "剩余额度",
    A.DRAWN: "已用额度",
}

LABELS: dict[StrEnum, str] = {
    T.APPROPRIATE: "下达规模",
    T.REDUCE_ENVELOPE: "压减规模",
    T.ISSUE: "发券",
    T.HOLD: "占用",
    T.ASSIGN: "转入核销",
    T.RELEASE: "释放",
    T.RELEASE_ENDED: "释放（券已终止）",
    T.REDEEM: "核销",
    T.UNREDEEM: "核定撤销",
    T.PAY: "兑付",
    T.REFUSED_PAYMENT: "退票",
    T.RECOVER: "追回",
    T.EXPIRE: "过期收回",
    T.VOID: "作废收回",
    T.ALLOT: "下达指标",
    T.CUT: "压减指标",
    T.SPEND: "支出",
    T.UNSPEND: "支出退回",
    T.RETURN_TO_TREASURY: "缴回国库",
    T.OPEN_QUOTA: "建立额度",
    T.DRAW_QUOTA: "使用额度",
    T.RETURN_QUOTA: "退回额度",
    T.CLOSE_QUOTA: "收回额度",
    DocumentKind.ENVELOPE: "发放规模",
    DocumentKind.INDICATOR: "预算指标",
    DocumentState.RECORDED: "待复核",
    DocumentState.CHECKED: "已复核",
    DocumentState.REFUSED: "已退回",
}
