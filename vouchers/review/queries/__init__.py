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
from vouchers.review.queries.skipped import (
    SkippedRow,
    fast_track_for,
    get_skipped,
    list_skipped,
    lock_skipped,
    skipped_of,
    skipped_overdue,
    skipped_waiting,
    to_judge_at_acceptance,
    tracks_of,
)

__all__ = [
    "Case",
    "SkippedRow",
    "fast_track_for",
    "get_skipped",
    "latest_amount",
    "list_skipped",
    "lock_envelopes",
    "lock_skipped",
    "office_of",
    "offices_of",
    "open_task",
    "opinions_of",
    "overdue_cases",
    "promised_amounts",
    "skipped_of",
    "skipped_overdue",
    "skipped_waiting",
    "standing_of",
    "to_judge_at_acceptance",
    "tracks_of",
]
