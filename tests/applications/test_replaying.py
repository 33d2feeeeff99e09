"""Past cases decided by another version: nothing changes by their own, and another tells who gains and who loses."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import Select, func, select

from tests.databases import let_go
from tests.demonstration import demonstration, shared_by_all
from tests.factories.accounts import sign_in
from tests.factories.applications import make_applicant, make_draft, make_ground, make_submitted
from tests.factories.policy import draft, policy_officer
from tests.pages import PageClient
from tests.policy.packs import DAY, MICRO, PACK, changed, compiled
from vouchers.applications.models import Application
from vouchers.applications.queries.past import past_cases
from vouchers.audit.models import AuditEvent
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.policy import queries, services
from vouchers.policy.checks.cases import agrees
from vouchers.policy.commands import policy
from vouchers.policy.comparing.replaying import Budget, Effect, PastCase, budgets, replayed
from vouchers.policy.loader import compiled_of, load_pack
from vouchers.policy.models import Scheme, SchemeVersion
from vouchers.policy.rules.facts import read_facts

CASE = PastCase("甲", "compute", DAY, MICRO, 2_500_000)


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(policy, ["replay", *arguments])


def micro_at(rate: str) -> Any:
    return lambda data: data["amount"]["rates"][0]["choose"]["rows"].update(micro=rate)


def staff(data: dict[str, Any]) -> None:
    rule = {"id": "staff", "say": "十人以上", "at": ["application"], "when": {"headcount": {"at_least": 10}}}
    data["applicants"].append(rule | {"provenance": "local"})


def small_only(data: dict[str, Any]) -> None:
    data["applicants"][0]["when"] = {"size_class": "small"}


@pytest.mark.parametrize(
    ("rate", "effect", "after"), [("55%", Effect.GAINS, 2_750_000), ("40%", Effect.LOSES, 2_000_000)]
)
def test_another_rate_gains_or_loses(rate: str, effect: Effect, after: int) -> None:
    found = replayed(CASE, changed(micro_at(rate)), None)

    assert (found.effect, found.before, found.after) == (effect, 2_500_000, after)


def test_a_version_beside_itself_changes_nothing() -> None:
    assert replayed(CASE, compiled(), compiled()).effect is Effect.SAME
    assert replayed(CASE, compiled(), None).effect is Effect.SAME


def test_two_other_versions_are_compared_with_each_other_and_not_with_what_was_given() -> None:
    found = replayed(CASE, changed(micro_at("40%")), changed(micro_at("30%")))

    assert (found.effect, found.before, found.after) == (Effect.GAINS, 1_500_000, 2_000_000)


def test_a_case_that_is_refused_loses_and_says_by_which_rule() -> None:
    found = replayed(CASE, changed(small_only), None)

    assert (found.effect, found.after, found.refused_by) == (Effect.LOSES, 0, ("small-and-medium",))


def test_a_fact_that_was_never_asked_cannot_be_told_and_is_named() -> None:
    found = replayed(CASE, changed(staff), None)

    assert (found.effect, found.missing) == (Effect.UNDECIDED, ("从业人员",))
    assert budgets([found]) == {}


def test_a_kind_that_is_gone_cannot_be_told() -> None:
    found = replayed(PastCase("乙", "gold", DAY, {}, 5), compiled(), None)

    assert (found.effect, found.missing) == (Effect.UNDECIDED, ("券种 gold",))


def test_budgets_are_summed_by_kind() -> None:
    more, less = (replayed(CASE, changed(micro_at(rate)), None) for rate in ("55%", "40%"))

    assert budgets([more, less]) == {"compute": Budget(5_000_000, 4_750_000)}
    assert budgets([more, less])["compute"].more == -250_000


@pytest.mark.database
def test_the_last_frozen_snapshot_of_submitted_cases_is_read(app: Flask, noon: datetime) -> None:
    ground = make_ground(at=noon)
    submitted = make_submitted(ground, make_applicant(1, at=noon), at=noon)
    make_draft(ground, make_applicant(2, at=noon), at=noon)

    (case,) = past_cases("yuzhong-2025")

    assert (case.number, case.kind, case.amount) == (submitted.number, "compute", submitted.computed)
    assert case.facts["planned_net"] == "80000.00"
    assert not list(past_cases("another"))
    del app


@pytest.fixture
def shown(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The demonstration."""
    app = demonstration(tmp_path, shared_by_all(tmp_path_factory))
    with app.app_context():
        yield app
        db.session.rollback()
    let_go(app)


def test_a_version_over_the_cases_of_the_demonstration_changes_nothing_and_writes_nothing(shown: Flask) -> None:
    app = shown
    events = db.session.scalar(select(func.count()).select_from(AuditEvent))
    cases = len(list(db.session.scalars(_submitted())))

    own = json.loads(run(app, "yuzhong-2025@1", "--json").output)
    beside = json.loads(run(app, "yuzhong-2025", "--against", "yuzhong-2025@1", "--json").output)
    told = run(app, "yuzhong-2025@1").output

    for found in (own, beside):
        assert found["cases"] == cases > 10
        assert found["effects"] == {"gains": 0, "loses": 0, "same": cases, "undecided": 0}
        assert (found["total"]["more"], found["changed"]) == ("0.00", [])
    assert own["total"]["before"] == _computed()
    assert f"增加 0 件，减少 0 件，不变 {cases} 件，不能判断 0 件" in told
    assert "算力券：" in told
    assert "（+¥0.00）" in told
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == events


def test_a_file_with_other_rates_tells_who_gains_and_loses_and_what_it_costs(
    app: Flask, noon: datetime, tmp_path: Path
) -> None:
    case = make_submitted(make_ground(at=noon), make_applicant(1, at=noon), at=noon, planned="50000.00")
    size = next(past_cases("yuzhong-2025")).facts["size_class"]

    more = run(app, str(_with_rate(tmp_path, size, 2)))
    less = json.loads(run(app, str(_with_rate(tmp_path, size, -2)), "--json").output)

    assert f"\n增加：\n  {case.number}  " in more.output
    assert "（+¥" in more.output
    assert less["effects"] == {"gains": 0, "loses": 1, "same": 0, "undecided": 0}
    assert less["changed"][0]["number"] == case.number
    assert less["budget"]["compute"] == less["total"]
    assert less["total"]["more"].startswith("-")


def test_the_page_tells_who_gains_who_loses_and_what_it_costs(
    app: Flask, client: PageClient, noon: datetime, tmp_path: Path, clock: object
) -> None:
    assert clock
    case = make_submitted(make_ground(at=noon), make_applicant(1, at=noon), at=noon, planned="50000.00")
    size = next(past_cases("yuzhong-2025")).facts["size_class"]
    somebody, actor = policy_officer(at=noon)
    more = draft(actor, at=noon, text=_with_rate(tmp_path, size, 2).read_text(encoding="utf-8"))
    with transaction():
        services.check_version(more, actor=actor, at=noon)
    own = queries.numbered_version("yuzhong-2025", 1).public_id
    sign_in(client, somebody)

    client.get(f"/office/schemes/versions/{more}/replay")
    assert client.page is not None
    gains = client.page.text
    client.get(f"/office/schemes/versions/{more}/replay?against=1")
    beside = client.page.text
    client.get(f"/office/schemes/versions/{own}/replay")

    assert "增加：1 件" in gains
    assert case.number in gains
    assert "对预算的影响" in gains
    assert "增加：1 件" in beside
    assert "减少：" not in client.page.text
    assert case.number not in client.page.text  # unchanged: counted, not listed


def _with_rate(folder: Path, size: str, points: int) -> Path:
    """The shipped pack with another rate for a size class, without the cases that no longer come out as stated."""
    shipped = json.loads(json.dumps(load_pack(PACK).data))
    rows = shipped["amount"]["rates"][0]["choose"]["rows"]
    rows[size] = f"{int(rows[size].removesuffix('%')) + points}%"
    pack = compiled_of(shipped)
    kept = []
    for case, written in zip(pack.pack.cases, shipped["cases"], strict=True):
        facts, _ = read_facts(pack.pack.case_given(case)[2], pack.vocabulary)
        kept += [written] * agrees(pack, case, facts)
    path = folder / f"{size}{points}.yaml"
    path.write_text(json.dumps({**shipped, "cases": kept}, ensure_ascii=False), encoding="utf-8")
    return path


def test_no_cases_and_an_unknown_version_are_told(app: Flask) -> None:
    none, missing = run(app, "wuhan-2025"), run(app, "yuzhong-2025@9")

    assert "没有 wuhan-2025 的已提交申请" in none.output
    assert missing.exit_code == 2


def _submitted() -> Select[Application]:
    """Cases of the demonstration's first scheme that were handed in."""
    of_scheme = select(SchemeVersion.id).join(Scheme).where(Scheme.pack_id == "yuzhong-2025")
    submitted = Application.submitted_at.is_not(None)
    return select(Application).where(submitted, Application.scheme_version_id.in_(of_scheme))


def _computed() -> str:
    fen = sum(one.submissions[-1].snapshot["computed"] for one in db.session.scalars(_submitted()))
    return f"{fen // 100}.{fen % 100:02d}"
