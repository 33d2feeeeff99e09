"""What a reviewer can say."""

from enum import StrEnum


class Verdict(StrEnum):
    """The result of one look at a case."""

    PASS = "pass"
    CORRECTION = "correction"
    REJECT = "reject"


LABELS: dict[StrEnum, str] = {Verdict.PASS: "通过", Verdict.CORRECTION: "要求补正", Verdict.REJECT: "不予通过"}
