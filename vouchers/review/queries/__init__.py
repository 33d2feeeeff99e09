"""Reading for reviewers: the queue, what was said on a case, who stands how, and what may still be promised."""

from vouchers.review.queries.cases import (
    Case,
    latest_amount,
    lock_envelopes,
    open_task,
    opinions_of,
    promised_amounts,
    standing_of,
)
from vouchers.review.queries.lists import QueueRow, Tally, export_queue, in_sight, queue, tallies

__all__ = [
    "Case",
    "QueueRow",
    "Tally",
    "export_queue",
    "in_sight",
    "latest_amount",
    "lock_envelopes",
    "open_task",
    "opinions_of",
    "promised_amounts",
    "queue",
    "standing_of",
    "tallies",
]
