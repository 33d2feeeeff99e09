"""The lifecycle of a provider, the kinds of offerings and the units they are sold by."""

from enum import StrEnum

from vouchers.kernel.lifecycle import Lifecycle, Transition
from vouchers.policy.pack.values import UNIT_LABELS


class ProviderState(StrEnum):
    """How far admission has come."""

    DRAFT = "draft"
    APPLIED = "applied"
    IN_REVIEW = "in_review"
    ADMITTED = "admitted"
    SUSPENDED = "suspended"
    REMOVED = "removed"
    REFUSED = "refused"


class OfferingKind(StrEnum):
    """What a catalogue entry is spent on."""

    COMPUTE = "compute"
    MODEL = "model"
    TRAINING = "training"
    TOKEN = "token"
    CORPUS = "corpus"
    ANNOTATION = "annotation"
    DATA_PRODUCT = "data-product"


class Unit(StrEnum):
    """What a service is priced and counted by."""

    CARD_HOUR = "card-hour"
    THOUSAND_TOKENS = "thousand-tokens"
    MILLION_TOKENS = "million-tokens"
    ITEM = "item"
    SET = "set"
    HOUR = "hour"
    PIECE = "piece"


class OfferingState(StrEnum):
    """Whether an entry can be ordered."""

    LISTED = "listed"
    WITHDRAWN = "withdrawn"


class Precision(StrEnum):
    """Number format a card's speed is stated for."""

    FP64 = "fp64"
    FP32 = "fp32"
    FP16 = "fp16"
    FP8 = "fp8"
    INT8 = "int8"


S = ProviderState

PROVIDERS = Lifecycle(
    "provider",
    [
        Transition("apply", frozenset({S.DRAFT, S.REFUSED, S.REMOVED}), S.APPLIED, "提交入库申请"),
        Transition("take_up", frozenset({S.APPLIED}), S.IN_REVIEW, "开始审核"),
        Transition("admit", frozenset({S.IN_REVIEW}), S.ADMITTED, "入库"),
        Transition("refuse", frozenset({S.IN_REVIEW}), S.REFUSED, "不予入库"),
        Transition("suspend", frozenset({S.ADMITTED}), S.SUSPENDED, "暂停"),
        Transition("resume", frozenset({S.SUSPENDED}), S.ADMITTED, "恢复"),
        Transition("remove", frozenset({S.ADMITTED, S.SUSPENDED}), S.REMOVED, "出库"),
    ],
)
OFFERINGS = Lifecycle(
    "offering",
    [
        Transition("withdraw", frozenset({OfferingState.LISTED}), OfferingState.WITHDRAWN, "下架"),
        Transition("relist", frozenset({OfferingState.WITHDRAWN}), OfferingState.LISTED, "重新上架"),
    ],
)

LABELS: dict[StrEnum, str] = {
    S.DRAFT: "未申请",
    S.APPLIED: "已申请",
    S.IN_REVIEW: "审核中",
    S.ADMITTED: "已入库",
    S.SUSPENDED: "已暂停",
    S.REMOVED: "已出库",
    S.REFUSED: "未通过",
    OfferingKind.COMPUTE: "算力",
    OfferingKind.MODEL: "模型",
    OfferingKind.TRAINING: "模型训练",
    OfferingKind.TOKEN: "词元调用",
    OfferingKind.CORPUS: "语料",
    OfferingKind.ANNOTATION: "数据标注",
    OfferingKind.DATA_PRODUCT: "数据产品",
    Unit.CARD_HOUR: UNIT_LABELS["card-hours"],
    Unit.THOUSAND_TOKENS: "千词元",
    Unit.MILLION_TOKENS: "百万词元",
    Unit.ITEM: "条",
    Unit.SET: "套",
    Unit.HOUR: "小时",
    Unit.PIECE: "件",
    OfferingState.LISTED: "在架",
    OfferingState.WITHDRAWN: "已下架",
    Precision.FP64: "FP64",
    Precision.FP32: "FP32",
    Precision.FP16: "FP16",
    Precision.FP8: "FP8",
    Precision.INT8: "INT8",
}

TONES: dict[StrEnum, str] = {
    S.DRAFT: "wait",
    S.APPLIED: "info",
    S.IN_REVIEW: "info",
    S.ADMITTED: "ok",
    S.SUSPENDED: "warn",
    S.REMOVED: "bad",
    S.REFUSED: "bad",
    OfferingState.LISTED: "ok",
    OfferingState.WITHDRAWN: "wait",
}
"""The level of the tag that shows each state."""
