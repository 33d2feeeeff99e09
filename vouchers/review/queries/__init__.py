"""Reading for reviewers: the queue, what was said on a case, who stands how, and what may still be promised."""

from vouchers.review.queries.cases import (
    Case,
    latest_amount,
    lock_envelopes,
    office_of,
    offices_of,
    open_task,
    opinions_of,
    overdue_cases,
    promised_amounts,
    standing_of,
)

__all__ = [
    "Case",
    "latest_amount",
    "lock_envelopes",
    "office_of",
    "offices_of",
    "open_task",
    "opinions_of",
    "overdue_cases",
    "promised_amounts",
    "standing_of",
]
