"""What one organisation may hand in is kept to the file, however many hands send at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.databases import Ground
from vouchers.files.intake import claim_room
from vouchers.files.rules import QUOTAS
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import RuleViolation

HOURLY, DAILY, KIB = QUOTAS


def handed_in(app: Flask, actor: Actor, size: int, at: datetime) -> str:
    with app.app_context():
        try:
            claim_room(actor, size, field="file", at=at)
        except RuleViolation as violation:
            [finding] = violation.findings
            return finding.message
        return ""


@pytest.mark.database
def test_of_a_hundred_uploads_at_once_exactly_sixty_are_taken(
    database: Ground, app: Flask, actor: Actor, noon: datetime
) -> None:
    own, other = replace(actor, organisation_id=7), replace(actor, organisation_id=8)

    with ThreadPoolExecutor(24) as hands:
        told = Counter(hands.map(lambda _: handed_in(app, own, 1_000, noon), range(100)))

    assert told == {"": 60, HOURLY.message: 40}
    assert handed_in(app, other, 1_000, noon) == ""


def test_a_refused_upload_takes_nothing_of_any_quota(app: Flask, actor: Actor, noon: datetime) -> None:
    own, hour = replace(actor, organisation_id=7), timedelta(hours=1)
    twenty = 20 * 2**20

    taken = [handed_in(app, own, twenty, noon + n % 3 * hour) for n in range(180)]

    assert Counter(taken) == {"": 102, KIB.message: 78}  # 102 × 20 MiB are the last that fit into 2 GiB
    assert handed_in(app, own, 2**20, noon) == ""


def test_two_hundred_files_are_a_day(app: Flask, actor: Actor, noon: datetime) -> None:
    own, hour = replace(actor, organisation_id=7), timedelta(hours=1)

    taken = [handed_in(app, own, 10, noon + n // 55 * hour) for n in range(220)]

    assert Counter(taken) == {"": 200, DAILY.message: 20}
    assert handed_in(app, own, 10, noon + timedelta(days=1)) == ""


def test_a_visitor_is_counted_by_the_address(app: Flask, actor: Actor, noon: datetime) -> None:
    visitor = replace(actor, user_id=None, organisation_id=None, address="203.0.113.9")

    told = [handed_in(app, visitor, 10, noon) for _ in range(61)]

    assert told.count("") == 60
    assert handed_in(app, replace(visitor, address="203.0.113.10"), 10, noon) == ""


def test_a_refusal_says_when_to_come_again(app: Flask, actor: Actor, noon: datetime) -> None:
    told = [handed_in(app, actor, 10, noon) for _ in range(60)]
    assert set(told) == {""}

    with pytest.raises(RuleViolation, match="请一小时后再传"):
        claim_room(actor, 10, field="file", at=noon)
