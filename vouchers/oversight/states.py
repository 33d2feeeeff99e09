"""Why somebody who oversees opens a case."""

from enum import StrEnum


class Basis(StrEnum):
    """What a look rests on, beside the mandate."""

    CHECK = "check"
    COMPLAINT = "complaint"
    SAMPLE = "sample"
    SPECIAL = "special"
    OTHER = "other"


BASIS_LABELS = {
    Basis.CHECK: "核查",
    Basis.COMPLAINT: "投诉举报",
    Basis.SAMPLE: "抽查",
    Basis.SPECIAL: "专项监督",
    Basis.OTHER: "其他",
}
