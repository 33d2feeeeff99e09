"""What the pages of a notice show besides its rows: days left, totals, names of voucher kinds."""

from collections.abc import Mapping, Sequence
from datetime import date

from vouchers.notices.models import PublicNotice
from vouchers.notices.queries import EntryRow
from vouchers.notices.states import NoticeState
from vouchers.policy import queries as policy
from vouchers.policy.explanation import in_units


def days_left(notice: PublicNotice, on: date) -> int | None:
    """Working days left up to and including the last; None when the notice is over."""
    if notice.state is not NoticeState.OPEN or on > notice.closes_on:
        return None
    return policy.work_calendar().between(on, notice.closes_on)


def totals(entries: Sequence[EntryRow]) -> int:
    """The sum of a notice, in fen."""
    return sum(entry.amount for entry in entries)


def in_kind(notice: PublicNotice, entries: Sequence[EntryRow]) -> Mapping[str, str]:
    """How many units each entry of vouchers in kind stands for, by its public id; nothing of those that are money."""
    kinds = {(one.scheme_version, one.voucher_kind) for one in entries}
    wanted = {version for version, _ in kinds}
    packs = {one.id: policy.pack(one) for one in policy.versions_of(notice.scheme_id) if one.id in wanted}
    measures = {(version, kind): packs[version].measure(kind) for version, kind in kinds}
    return {one.public_id: in_units(measures[one.scheme_version, one.voucher_kind], one.amount) for one in entries}


def kind_names(notice: PublicNotice) -> Mapping[str, str]:
    """The names of the scheme's voucher kinds."""
    versions = policy.versions_of(notice.scheme_id)
    return {kind.id: kind.name for version in reversed(versions) for kind in policy.pack(version).kinds}
