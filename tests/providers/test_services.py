"""Admission by the packs in force, and the catalogue that follows from it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from tests.factories.parties import received_pdf
from tests.factories.providers import (
    OFFICER,
    admitted_provider,
    applied_provider,
    cardless,
    listed,
    offering,
    own_actor,
    provider,
    published_pack,
    terms,
)
from vouchers.accounts import queries as accounts
from vouchers.accounts.states import Role
from vouchers.db.base import db
from vouchers.db.lists import PAGE_SIZE
from vouchers.db.transaction import transaction
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import Conflict, NotFound, RuleViolation
from vouchers.parties import queries as parties
from vouchers.parties.states import FactSource
from vouchers.providers import queries, services
from vouchers.providers.services import AdmissionDecision, NewDocument
from vouchers.providers.states import OfferingKind, OfferingState, ProviderState, Unit

pytestmark = pytest.mark.database


def test_registering_gives_a_provider_and_its_operator(app: Flask, noon: datetime) -> None:
    registered = provider(at=noon)

    posts = accounts.posts_of(registered.user_id, on=beijing_date(noon))

    assert registered.provider.state is ProviderState.DRAFT
    assert [post.role for post in posts] == [Role.PROVIDER_OPERATOR]


def test_applying_tells_every_gap_at_once(app: Flask, noon: datetime) -> None:
    published_pack(at=noon)
    registered = provider(at=noon)

    with pytest.raises(RuleViolation) as refused, transaction():
        services.apply(registered.provider.organisation_id, seen_version=1, actor=own_actor(registered), at=noon)

    codes = [finding.code for finding in refused.value.findings]
    assert codes.count("paper-missing") == 2
    assert {"requirement-provider-meters", "requirement-provider-security"} <= set(codes)


def test_a_lapsed_paper_must_be_renewed(app: Flask, noon: datetime) -> None:
    published_pack(at=noon)
    registered = applied_provider(at=noon, apply=False)
    own, actor = registered.provider.organisation_id, own_actor(registered)
    yesterday = beijing_date(noon) - timedelta(days=1)
    with transaction():
        paper = NewDocument("security-promise", received_pdf(), valid_until=yesterday)
        services.keep_document(own, paper, actor=actor, at=noon)

    with pytest.raises(RuleViolation, match="到期"), transaction():
        services.apply(own, seen_version=registered.provider.version, actor=actor, at=noon)


def test_an_answer_names_the_paper_that_proves_it(app: Flask, noon: datetime) -> None:
    published_pack(at=noon)
    registered = applied_provider(at=noon)

    facts = parties.facts_of(registered.provider.organisation_id, on=beijing_date(noon))

    assert facts["provider_accepts_security"].source is FactSource.DOCUMENT
    assert facts["provider_can_meter"].source is FactSource.SELF_DECLARED


def test_an_admitted_provider_serves_the_kinds_and_days_named(app: Flask, noon: datetime) -> None:
    published_pack(at=noon)
    registered = admitted_provider(at=noon, kinds=(OfferingKind.COMPUTE,))
    found, day = registered.provider, beijing_date(noon)

    assert queries.is_admitted(found.id, kind="compute", on=day)
    assert not queries.is_admitted(found.id, kind="model", on=day)
    assert not queries.is_admitted(found.id, kind="compute", on=day - timedelta(days=1))
    assert queries.is_admitted_organisation(found.organisation_id, on=day)


def test_admission_needs_every_condition_met(app: Flask, noon: datetime) -> None:
    registered = applied_provider(at=noon)
    published_pack(at=noon)
    found = registered.provider
    with transaction():
        services.take_up(found.public_id, seen_version=found.version, actor=OFFICER, at=noon)
        services.declare(found.organisation_id, {"provider_can_meter": False}, actor=own_actor(registered), at=noon)
    decision = AdmissionDecision("第一批", (OfferingKind.COMPUTE,), beijing_date(noon), "齐全", found.version)

    with pytest.raises(RuleViolation, match="不符合“能提供计量日志"), transaction():
        services.admit(found.public_id, decision, actor=OFFICER, at=noon)


def test_an_officer_with_a_stale_page_is_refused(app: Flask, noon: datetime) -> None:
    found = applied_provider(at=noon).provider

    with pytest.raises(Conflict), transaction():
        services.take_up(found.public_id, seen_version=found.version - 1, actor=OFFICER, at=noon)


def test_a_suspended_provider_serves_nobody_until_it_is_resumed(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    offering(registered, at=noon)
    found, day = registered.provider, beijing_date(noon)
    with transaction():
        services.suspend(found.public_id, seen_version=found.version, reason="计量中断", actor=OFFICER, at=noon)
    assert not queries.is_admitted(found.id, kind="compute", on=day)
    assert queries.listed_offerings("compute", on=day) == []

    with transaction():
        services.resume(found.public_id, seen_version=found.version, reason="已恢复", actor=OFFICER, at=noon)

    assert queries.is_admitted(found.id, kind="compute", on=day)
    assert len(queries.listed_offerings("compute", on=day)) == 1


def test_a_removed_provider_may_apply_again(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    found = registered.provider
    with transaction():
        services.remove(found.public_id, seen_version=found.version, reason="不再符合条件", actor=OFFICER, at=noon)
    assert queries.current_admission(found.id) is None

    with transaction():
        own = own_actor(registered)
        services.apply(found.organisation_id, seen_version=found.version, actor=own, at=noon)

    assert queries.get(found.public_id).state is ProviderState.APPLIED


def test_a_provider_that_is_not_admitted_lists_nothing(app: Flask, noon: datetime) -> None:
    registered = provider(at=noon)

    with pytest.raises(RuleViolation, match="不是在库服务商"):
        offering(registered, at=noon)


def test_an_offering_of_another_kind_is_refused(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon, kinds=(OfferingKind.COMPUTE,))

    with pytest.raises(RuleViolation, match="不含“模型”"):
        offering(registered, at=noon, kind=OfferingKind.MODEL)


def test_the_database_too_keeps_cards_and_card_hours_together(app: Flask, noon: datetime) -> None:
    entry = offering(admitted_provider(at=noon), at=noon)

    for wrong in ("unit = 'piece'", "gflops_per_card = NULL", "green_share_bp = NULL"):
        with pytest.raises(IntegrityError), db.engine.begin() as connection:
            connection.execute(text(f"UPDATE offerings SET {wrong} WHERE id = :id"), {"id": entry.id})  # noqa: S608


def test_the_unit_of_an_entry_stays_as_it_was_listed(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    entry = listed(registered, cardless(OfferingKind.TOKEN, Unit.MILLION_TOKENS), at=noon)
    own, actor = registered.provider.organisation_id, own_actor(registered)
    other = cardless(OfferingKind.TOKEN, Unit.THOUSAND_TOKENS)

    with pytest.raises(RuleViolation, match="现在按百万词元计价"), transaction():
        services.change_offering(
            entry.public_id, other, seen_version=entry.version, organisation_id=own, actor=actor, at=noon
        )


def test_services_without_a_card_stand_behind_those_with_one_and_are_turned_page_by_page(
    app: Flask, noon: datetime
) -> None:
    registered = admitted_provider(at=noon)
    for number in range(2 * PAGE_SIZE):
        name = f"数据集{number:03d}"
        listed(registered, cardless(OfferingKind.CORPUS, Unit.PIECE, name=name), at=noon)
    offering(registered, at=noon, name="集群")
    day = beijing_date(noon)

    for sort in ("pflops", "-card", "-green"):
        pages: list[list[str]] = []
        cursor = ""
        while cursor or not pages:
            page = queries.catalogue_page({"sort": sort, "cursor": cursor}, on=day)
            pages.append([row.name for row in page.rows])
            cursor = page.next_cursor
        names = [name for page in pages for name in page]
        assert (names[0], len(names), len(set(names))) == ("集群", 2 * PAGE_SIZE + 1, 2 * PAGE_SIZE + 1)
    assert {row.unit for row in queries.catalogue_page({"unit": "card-hour"}, on=day).rows} == {Unit.CARD_HOUR}


def test_token_prices_compare_across_their_multiples(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    for name, unit, price in (("贵", Unit.THOUSAND_TOKENS, 2), ("便宜", Unit.MILLION_TOKENS, 1_500)):
        listed(registered, cardless(OfferingKind.TOKEN, unit, name=name, price=price), at=noon)

    rows = queries.listed_offerings("token", on=beijing_date(noon))

    assert [(row.name, row.price_per_pflops_hour) for row in rows] == [("便宜", None), ("贵", None)]


def test_the_catalogue_is_sorted_by_what_compute_costs(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    offering(registered, at=noon, name="贵", price=3000)
    offering(registered, at=noon, name="便宜而快", price=3500, gflops_per_card=990_000)
    offering(registered, at=noon, name="一般", price=1450)

    rows = queries.listed_offerings("compute", on=beijing_date(noon))

    assert [row.name for row in rows] == ["便宜而快", "一般", "贵"]
    assert [row.price_per_pflops_hour for row in rows] == [3535, 4647, 9615]


def test_the_catalogue_is_filtered(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    offering(registered, at=noon, name="绿", green_share_bp=6200, region="重庆市渝中区")
    offering(registered, at=noon, name="远", green_share_bp=9000, region="新疆哈密市")
    offering(registered, at=noon, name="灰", green_share_bp=1000, region="重庆市渝中区", price=900)
    day = beijing_date(noon)

    def names(**arguments: str) -> set[str]:
        return {row.name for row in queries.catalogue_page(arguments, on=day).rows}

    assert names(green="55") == {"绿", "远"}
    assert names(region="重庆市渝中区") == {"绿", "灰"}
    assert names(most="10.00") == {"灰"}
    assert names(q="远") == {"远"}
    assert names(precision="fp8") == set()
    assert queries.catalogue_regions() == ["新疆哈密市", "重庆市渝中区"]


def test_a_new_price_is_added_to_the_history(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    entry = offering(registered, at=noon)
    own, actor = registered.provider.organisation_id, own_actor(registered)
    later = noon + timedelta(hours=1)

    with transaction():
        dearer = replace(terms(), price=1600)
        services.change_offering(
            entry.public_id, dearer, seen_version=entry.version, organisation_id=own, actor=actor, at=later
        )

    assert [(one.price, one.since) for one in queries.price_history(entry.id)] == [(1600, later), (1450, noon)]


def test_a_withdrawn_entry_is_not_in_the_catalogue(app: Flask, noon: datetime) -> None:
    registered = admitted_provider(at=noon)
    entry = offering(registered, at=noon)
    own, actor = registered.provider.organisation_id, own_actor(registered)
    with transaction():
        services.withdraw_offering(
            entry.public_id, seen_version=entry.version, organisation_id=own, actor=actor, at=noon
        )
    assert queries.offering(entry.public_id).state is OfferingState.WITHDRAWN
    assert queries.listed_offerings("compute") == []

    with transaction():
        services.relist_offering(entry.public_id, seen_version=entry.version, organisation_id=own, actor=actor, at=noon)

    assert len(queries.listed_offerings("compute")) == 1


def test_the_entry_of_another_provider_looks_like_none(app: Flask, noon: datetime) -> None:
    entry = offering(admitted_provider(51, at=noon), at=noon)
    other = admitted_provider(52, at=noon)

    with pytest.raises(NotFound), transaction():
        services.withdraw_offering(
            entry.public_id,
            seen_version=1,
            organisation_id=other.provider.organisation_id,
            actor=own_actor(other),
            at=noon,
        )
