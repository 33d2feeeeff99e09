"""What experts' marks come to: the weighted total of each, the average of all, and whether it passes."""

from collections.abc import Sequence
from fractions import Fraction

from vouchers.policy.pack.intake import Scoring

MOST_MARK = 100


def weighted(scoring: Scoring, marks: Sequence[int]) -> Fraction:
    """One expert's total of their marks, one for each criterion in its order; at most 100."""
    return sum((one.weight * mark for one, mark in zip(scoring.criteria, marks, strict=True)), start=Fraction())


def average(scoring: Scoring, scores: Sequence[Sequence[int]]) -> Fraction | None:
    """The average of all experts' totals, exactly; None until as many scored as the pack wants."""
    if len(scores) < scoring.experts:
        return None
    return sum((weighted(scoring, marks) for marks in scores), start=Fraction()) / len(scores)


def passes(scoring: Scoring, scores: Sequence[Sequence[int]]) -> bool:
    """Whether enough experts scored and their average reaches the mark; the mark itself passes."""
    found = average(scoring, scores)
    return found is not None and found >= scoring.pass_mark


def shown_score(score: Fraction) -> str:
    """A score with two decimals, halves up; ranks go by the exact one.

    >>> shown_score(Fraction(250, 3))
    '83.33'
    """
    hundredths = (score * 200 + 1) // 2
    return f"{hundredths // 100}.{hundredths % 100:02d}"
