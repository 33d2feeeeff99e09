"""What a reviewer can say."""

from enum import StrEnum


class Verdict(StrEnum):
    """The result of one look at a case."""

    PASS = "pass"
    CORRECTION = "correction"
    REJECT = "reject"


REASON_LABELS: dict[str, str] = {
    "granted": "入选",
    "partly": "入选，余额不足，只给余下的部分",
    "cut": "按同一比例核减",
    "reserve": "候补",
    "no-money": "资金已用完，未入选",
    "no-slot": "名额已满，未入选",
}
"""What became of a case that was chosen among others at once."""

LABELS: dict[StrEnum, str] = {Verdict.PASS: "通过", Verdict.CORRECTION: "要求补正", Verdict.REJECT: "不予通过"}
