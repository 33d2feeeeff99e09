"""Targets of a plan beside what is so far: what each figure counts, and whether a target is met."""

from collections.abc import Mapping
from fractions import Fraction

BOUNDS: Mapping[str, str] = {"at_least": "达到", "more_than": "超过", "at_most": "不高于"}
FIGURES: Mapping[str, str] = {
    "users": "在本方案下用券接受服务、用量已由双方确认的单位",
    "green-share": "用券所用算力的绿色电力占比，按已确认的卡时加权",
    "paid-share": "已核定的核销金额占所用发票金额的比例",
}
"""What the product counts, said in full: a plan may mean more than its vouchers."""


def is_met(bound: str, figure: str, actual: Fraction) -> bool:
    """Whether a figure meets a target; shares in percent.

    >>> is_met("more_than", "55", Fraction(55)), is_met("at_least", "120", Fraction(120)), is_met("at_most", "35", 36)
    (False, True, False)
    """
    wanted = Fraction(figure)
    return {"at_least": actual >= wanted, "more_than": actual > wanted, "at_most": actual <= wanted}[bound]
