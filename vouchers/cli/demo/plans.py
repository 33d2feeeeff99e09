"""Which cases there are: one in every state, in two rounds; days are working days ago."""

from vouchers.cli.demo.cases import Plan

_FIRST = (
    Plan("r1-yunfan", "yunfan", 1, "compute", 200_000, 193, "approve", approved=172, green="60%"),
    Plan("r1-shanyu", "shanyu", 1, "compute", 60_000, 192, "approve", approved=172),
    Plan("r1-liangjiang", "liangjiang", 1, "compute", 600_000, 191, "approve", approved=172),
    Plan("r1-shiban-model", "shiban", 1, "model", 80_000, 190, "approve", approved=172),
)
_FIRST_ENDED = (
    Plan("r1-hongya", "hongya", 1, "compute", 150_000, 189, "confirm", ending="reject"),
    Plan("r1-jialing", "jialing", 1, "compute", 120_000, 188, "confirm", ending="correct"),
)
_SECOND = (
    Plan("r2-yunfan", "yunfan", 2, "compute", 300_000, 64, "approve", approved=47, green="60%"),
    Plan("r2-shanyu", "shanyu", 2, "compute", 50_000, 64, "approve", approved=47),
    Plan("r2-jialing", "jialing", 2, "compute", 100_000, 63, "approve", approved=47, reduced=4_000_000),
    Plan("r2-liangjiang", "liangjiang", 2, "compute", 700_000, 63, "approve", approved=47),
    Plan("r2-shanyu-model", "shanyu", 2, "model", 300_000, 63, "approve", approved=47),
)
_NEARLY = (
    Plan("approved", "shiban", 2, "compute", 80_000, 19, "approve", approved=1),
    Plan("notice-ended", "hongya", 2, "compute", 160_000, 18, "meet"),
)
_ON_NOTICE = (
    Plan("on-notice", "jiefang", 2, "compute", 90_000, 14, "meet"),
    Plan("objected", "eling", 2, "compute", 400_000, 14, "meet"),
    Plan("on-notice-model", "liangjiang", 2, "model", 200_000, 14, "meet"),
)
_UNDER_WAY = (
    Plan("decided", "pipa", 2, "compute", 110_000, 11, "meet"),
    Plan("to-decide", "chaotian", 2, "compute", 240_000, 10, "second_review"),
    Plan("second-review", "hutou", 2, "compute", 45_000, 8, "first_review"),
    Plan("first-review", "daxi", 2, "compute", 130_000, 6, "accept"),
    Plan("correction", "hualong", 2, "compute", 180_000, 4, "confirm", ending="correct"),
    Plan("submitted", "shangqing", 2, "compute", 90_000, 2, "confirm"),
    Plan("submitted-late", "chaotian", 2, "model", 60_000, 9, "confirm"),
    Plan("waiting", "eling", 2, "model", 200_000, 12, "meet"),
    Plan("out-of-funds", "hongya", 2, "model", 100_000, 11, "meet", if_short="end"),
    Plan("rejected", "jialing", 2, "model", 70_000, 20, "confirm", ending="reject"),
    Plan("withdrawn", "jiefang", 2, "model", 50_000, 15, "confirm", ending="withdraw"),
    Plan("draft", "yunfan", 2, "model", 90_000, 1, "draft"),
    Plan("to-confirm", "pipa", 2, "model", 40_000, 1, "hand_over"),
)

PLANS = (*_FIRST, *_FIRST_ENDED, *_SECOND, *_NEARLY, *_ON_NOTICE, *_UNDER_WAY)
MENDED = _FIRST[0]
NOTICES = ((180, _FIRST), (54, _SECOND), (9, _NEARLY), (4, _ON_NOTICE))
OBJECTED = _ON_NOTICE[1]
"""The case somebody objects to, some days after the notice opened."""
