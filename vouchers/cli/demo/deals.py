"""Which orders and claims there are: one in every state that a service leads to; days are working days ago."""

from vouchers.cli.demo.redeeming import ClaimPlan
from vouchers.cli.demo.trade import OrderPlan, Usage
from vouchers.orders.states import Side

_FIRST = OrderPlan(
    "yunfan-a100", "r1-yunfan", "a100", 8000, 5_471_600, 168, -150,
    usage=(Usage(166, 147, 4000), Usage(146, 126, 4000)), ended=("complete", 108),
)  # fmt: skip
_SECOND = OrderPlan(
    "yunfan-h800", "r1-yunfan", "h800", 2500, 4_528_400, 167, -150,
    usage=(Usage(164, 132, 2500),), ended=("complete", 107),
)  # fmt: skip
_FINANCE = OrderPlan(
    "liangjiang-ascend", "r1-liangjiang", "ascend", 20_000, 8_905_600, 167, -150,
    side=Side.PROVIDER, usage=(Usage(165, 133, 20_000),), ended=("complete", 107),
)  # fmt: skip
_TRAINING = OrderPlan(
    "shiban-training", "r1-shiban-model", "training", 1632, 4_400_000, 166, -150,
    usage=(Usage(164, 136, 1632),), ended=("complete", 106),
)  # fmt: skip
_RUNNING = OrderPlan(
    "yunfan-running", "r2-yunfan", "a100", 9000, 6_155_600, 44, 40,
    usage=(Usage(42, 32, 3000), Usage(31, 21, 3000), Usage(20, 10, 3000)),
)  # fmt: skip
_GREEN = OrderPlan(
    "liangjiang-running", "r2-liangjiang", "ascend", 15_000, 6_679_200, 44, 30,
    usage=(Usage(42, 30, 7500), Usage(29, 15, 7500)),
)  # fmt: skip
_SMALL = OrderPlan(
    "liangjiang-a100", "r2-liangjiang", "a100", 4000, 2_188_600, 43, 30,
    usage=(Usage(41, 25, 2000), Usage(24, 10, 2000)),
)  # fmt: skip
_ENDED = OrderPlan(
    "liangjiang-ended", "r2-liangjiang", "a100", 2000, 1_094_300, 43, 20,
    usage=(Usage(41, 28, 2000),), ended=("complete", 12),
)  # fmt: skip

ORDERS = (
    _FIRST,
    _SECOND,
    _FINANCE,
    _TRAINING,
    _RUNNING,
    _GREEN,
    _SMALL,
    _ENDED,
    OrderPlan("yunfan-confirmed", "r2-yunfan", "ascend", 3000, 1_500_000, 6, 60),
    OrderPlan("yunfan-proposed", "r2-yunfan", "h800", 500, 900_000, 2, 60, side=Side.PROVIDER, is_confirmed=False),
    OrderPlan("yunfan-cancelled", "r2-yunfan", "a100", 1000, 600_000, 30, 30, ended=("cancel", 27)),
    OrderPlan("shanyu-proposed", "r2-shanyu-model", "llm", 2000, 1_700_000, 3, 60, is_confirmed=False),
)

CLAIMS = (
    ClaimPlan("yunfan-1", _FIRST, 0, 2_735_800, 143, verified=141, approved=139),
    ClaimPlan("yunfan-2", _FIRST, 1, 2_735_800, 122, verified=120, approved=118),
    ClaimPlan("yunfan-3", _SECOND, 0, 4_528_400, 128, verified=125, approved=123),
    ClaimPlan("liangjiang-1", _FINANCE, 0, 8_905_600, 128, verified=126, approved=124),
    ClaimPlan("shiban-1", _TRAINING, 0, 4_400_000, 130, verified=127, approved=124),
    ClaimPlan("batched", _GREEN, 0, 3_339_600, 26, verified=22, approved=18),
    ClaimPlan("returned", _GREEN, 1, 3_339_600, 12, ending=("send_back", 8)),
    ClaimPlan("rejected", _ENDED, 0, 1_094_300, 24, ending=("reject", 20)),
    ClaimPlan("approved", _RUNNING, 0, 2_051_800, 28, verified=25, approved=1),
    ClaimPlan("verified", _RUNNING, 1, 2_051_800, 17, verified=8),
    ClaimPlan("checked", _RUNNING, 2, 2_051_800, 6),
    ClaimPlan("withdrawn", _SMALL, 0, 1_094_300, 20, ending=("withdraw", 17)),
    ClaimPlan("draft", _SMALL, 1, 1_094_300, 7, is_draft=True),
)
ISSUED = {"r1-": 171, "r2-": 46}
FROZEN, VOIDED = ("r2-shanyu", 20), ("r2-jialing", 18)
