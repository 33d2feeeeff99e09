"""B06, INV-33: every act of an office that decides on an organisation is closed to whoever is tied to it.

One table names every act of an office: those that decide, with how it is done, and those that decide on nobody, with
why. An act that is in neither fails the test. What is done here is done for real but for the tie: each case, claim,
voucher and batch stands where the act wants it, put there by a row where its way there is tested elsewhere.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.access.test_matrix import permission_of, rules_of
from tests.factories.accounts import MAKER, make_user
from tests.factories.applications import Ground, make_applicant, make_ground, make_submitted
from tests.factories.parties import organisation, received_pdf
from tests.factories.providers import applied_provider
from tests.factories.redemption import EARLY, Stage, approved_claim, make_stage
from tests.factories.settlement import Bureau, approved_batch, make_indicators, scheme_of
from tests.policy.packs import PACK
from tests.review.chosen import SCORING
from tests.worlds import kept
from vouchers.accounts.services import PersonDetails
from vouchers.accounts.states import Role
from vouchers.applications import queries as applications
from vouchers.applications.services import Lift
from vouchers.audit.services import Subject, record
from vouchers.candidates import services as candidates
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.states import CandidateState, ListState
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.enterprises import services as enterprises
from vouchers.enterprises.rules import CreditKind
from vouchers.enterprises.services import Breach
from vouchers.files.models import StoredFile
from vouchers.issuance import services as issuance
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import RuleViolation
from vouchers.notices import services as notices
from vouchers.notices.models import NoticeEntry, Objection, PublicNotice
from vouchers.notices.services import Resolution
from vouchers.notices.states import NoticeState, ObjectionState
from vouchers.parties import queries as parties
from vouchers.parties import services as party_services
from vouchers.parties.models import Mandate
from vouchers.parties.services import HandOver, NewControlLink
from vouchers.parties.states import FactSource, MandateKind
from vouchers.policy.loader import LoadedPack, load_text
from vouchers.providers import queries as provider_queries
from vouchers.providers import services as providers
from vouchers.providers.services import AdmissionDecision
from vouchers.providers.states import OfferingKind
from vouchers.redemption import queries as redemption_queries
from vouchers.redemption import services as redemption
from vouchers.redemption.services import Approval, Verification
from vouchers.review import services as review
from vouchers.review.models import SkippedStage
from vouchers.review.services import (
    Correction,
    LiftAnswer,
    MakeGood,
    Marks,
    MeetingDecision,
    Rejection,
    StageDecision,
)
from vouchers.review.states import Verdict
from vouchers.settlement import queries as settlement_queries
from vouchers.settlement import services as settlement
from vouchers.settlement.services import NewBatch, Signature

TERM = 365
"""Days that the pack of this world sets; who left longer ago decides again."""
TEXT = PACK.read_text(encoding="utf-8")
RECUSAL = f"""process:
  recusal:
    id: recusal
    say: 离开原单位一年内回避
    days: {TERM}
    provenance: local
  track: window
"""
WHY = "已按规定核实"
Work = Callable[["Scene", Actor], object]


@dataclass(frozen=True)
class Scene:
    """A case, a claim with its voucher, a batch with both signatures, a provider that applied, a list of candidates."""

    at: datetime
    ground: Ground
    case: str
    stage: Stage
    claim: str
    batch: str
    provider: str
    candidates: str
    objection: str
    skipped: str
    organisations: tuple[int, ...]
    officers: Mapping[Role, Actor]


@cache
def _loaded() -> LoadedPack:
    data = json.loads(json.dumps(load_text(TEXT.replace("process:\n  track: window\n", RECUSAL), str(PACK)).data))
    data["process"]["stages"][0] |= {"scoring": SCORING}
    found = load_text(json.dumps(data, ensure_ascii=False), "pack.yaml", beside=PACK.parent)
    assert not found.errors
    return found


@kept
def make_scene(*, at: datetime) -> Scene:
    """Everything an office decides on, once; opens its own transactions."""
    ground = make_ground(at=at, loaded=_loaded())
    case = make_submitted(ground, make_applicant(91, at=at), at=at)
    stage, bureau = make_stage(changes=(("process:\n  track: window\n", RECUSAL),)), Bureau()
    claim = approved_claim(stage, at=at)
    make_indicators(stage, bureau)
    batch = approved_batch(stage, bureau, at=at)
    provider = applied_provider(61, at=at).provider
    own = applications.get(case.public_id).enterprise.organisation_id
    holder = stage.enterprise.organisation_id or 0
    with transaction():
        listed = _listed(ground, own, at)
        objection = _objected(case.public_id, at)
        skipped = SkippedStage(
            application_id=case.id, stage="first-review", rule="fast", skipped_at=at, due_on=at.date()
        )
        db.session.add(skipped)
        _noted(at)
    officers = {role: make_user(role, at=EARLY, name=role.value).actor(role) for role in (*OFFICERS, Role.EXPERT)}
    return Scene(
        at=at,
        ground=ground,
        case=case.public_id,
        stage=stage,
        claim=claim.public_id,
        batch=batch.public_id,
        provider=provider.public_id,
        candidates=listed,
        objection=objection,
        skipped=skipped.public_id,
        organisations=(own, holder, stage.provider_organisation_id, provider.organisation_id),
        officers=officers,
    )


def _listed(ground: Ground, organisation_id: int, at: datetime) -> str:
    """A list of candidates, ready to be released, with one enterprise on it."""
    window, file = applications.window(ground.window), db.session.scalars(select(StoredFile)).first()
    assert file is not None
    found = CandidateList(
        window_id=window.id,
        file_id=file.id,
        title="免申即享名单",
        source="市统计局数据",
        as_of=at.date(),
        expires_on=at.date() + timedelta(days=30),
        state=ListState.READY,
        decided_on=at.date(),
        uploaded_by_id=ground.officers["first"].person_id,
        created_at=at,
    )
    db.session.add(found)
    db.session.flush()
    uscc = parties.organisation(organisation_id).uscc
    row = Candidate(list_id=found.id, row=2, uscc=uscc, name="企业", result="eligible", amount=1)
    row.reasons, row.facts, row.beside, row.state = [], {}, {}, CandidateState.FOUND
    db.session.add(row)
    return found.public_id


def _objected(case: str, at: datetime) -> str:
    """An open objection to the case."""
    found = applications.get(case)
    notice = PublicNotice(
        number="GS-1",
        scheme_id=found.scheme_version.scheme_id,
        title="名单",
        state=NoticeState.OPEN,
        opens_on=at.date(),
        closes_on=at.date() + timedelta(days=7),
        opened_by="测试",
        created_at=at,
    )
    db.session.add(notice)
    db.session.flush()
    entry = NoticeEntry(notice_id=notice.id, application_id=found.id, name="企业", voucher_kind="compute", amount=1)
    db.session.add(entry)
    db.session.flush()
    objection = Objection(entry_id=entry.id, state=ObjectionState.OPEN, text="不实", lodged_at=at, created_at=at)
    db.session.add(objection)
    db.session.flush()
    return objection.public_id


def _noted(at: datetime) -> None:
    record("test.scene", Subject("scene", "1"), actor=MAKER, at=at)


def _put(table: str, public_id: str, **values: str) -> None:
    """Let a thing stand where the act wants it, in the transaction that the refusal undoes."""
    sets = ", ".join(f"{name} = :{name}" for name in values)
    db.session.execute(text(f"UPDATE {table} SET {sets} WHERE public_id = :id"), {**values, "id": public_id})  # noqa: S608
    db.session.expire_all()


def _case(act: Callable[[str, int, Actor, datetime], object], state: str, stage: str = "") -> Work:
    def work(scene: Scene, actor: Actor) -> object:
        _put("applications", scene.case, state=state, stage=stage, approved="100")
        return act(scene.case, applications.get(scene.case).version, actor, scene.at)

    return work


def _claim(act: Callable[[str, Actor, datetime], object], state: str) -> Work:
    def work(scene: Scene, actor: Actor) -> object:
        _put("claims", scene.claim, state=state)
        return act(scene.claim, actor, scene.at)

    return work


def _voucher(act: Callable[..., object]) -> Work:
    return lambda scene, actor: act(scene.stage.voucher, WHY, actor=actor, at=scene.at)


def _batch(act: Callable[[str, Actor, datetime], object], state: str) -> Work:
    def work(scene: Scene, actor: Actor) -> object:
        _put("batches", scene.batch, state=state)
        return act(scene.batch, actor, scene.at)

    return work


def _first_line(batch: str) -> str:
    return settlement_queries.attempts_of(settlement_queries.get(batch))[0].public_id


def _make_anew(scene: Scene, actor: Actor) -> object:
    """The line is due again, as after a refusal by the bank."""
    db.session.execute(text("UPDATE payment_attempts SET state = 'refused'"))
    db.session.execute(text("UPDATE payment_lines SET state = 'due'"))
    db.session.expire_all()
    return settlement.make_batch(NewBatch(scheme_of(scene.stage), 2026), actor=actor, at=scene.at)


def _follow(scene: Scene, actor: Actor) -> object:
    db.session.execute(text("UPDATE payment_attempts SET state = 'refused'"))
    db.session.execute(text("UPDATE payment_lines SET state = 'refused'"))
    _put("batches", scene.batch, state="sent")
    return settlement.follow_up(scene.batch, 2026, actor=actor, at=scene.at)


def _provider(act: Callable[..., object], state: str) -> Work:
    def work(scene: Scene, actor: Actor) -> object:
        _put("providers", scene.provider, state=state)
        return act(scene.provider, seen_version=provider_of(scene).version, actor=actor, at=scene.at)

    return work


def provider_of(scene: Scene) -> Any:
    return provider_queries.get(scene.provider)


def _admit(scene: Scene, actor: Actor) -> object:
    _put("providers", scene.provider, state="in_review")
    kinds, version = tuple(OfferingKind), provider_of(scene).version
    decision = AdmissionDecision("第一批", kinds, beijing_date(scene.at), WHY, version)
    return providers.admit(scene.provider, decision, actor=actor, at=scene.at)


def _enterprise(act: Callable[..., object], state: str) -> Work:
    def work(scene: Scene, actor: Actor) -> object:
        own = applications.get(scene.case).enterprise
        _put("enterprises", own.public_id, state=state)
        return act(own.public_id, seen_version=own.version, reason=WHY, actor=actor, at=scene.at)

    return work


def _breach(scene: Scene, actor: Actor) -> object:
    breach = Breach(CreditKind.DISHONESTY, beijing_date(scene.at), "信用中国")
    return enterprises.note_breach(applications.get(scene.case).enterprise.public_id, breach, actor=actor, at=scene.at)


def _hand_over(scene: Scene, actor: Actor) -> object:
    """Nobody is left who can sign in, so an office replaces the representative."""
    own = applications.get(scene.case).enterprise.organisation_id
    holder = db.session.scalars(select(Mandate.public_id).where(Mandate.organisation_id == own)).first() or ""
    new = HandOver(PersonDetails("接替人", phone="13899990000"), "jieti", WHY, received_pdf("a.pdf"), received_pdf())
    return party_services.hand_over(own, holder, new, actor=actor, at=scene.at)


def _resolve(scene: Scene, actor: Actor) -> object:
    _put("applications", scene.case, state="objected")
    return notices.resolve(
        scene.objection, Resolution(upholds=False, text=WHY, seen_version=1), actor=actor, at=scene.at
    )


def _approve(case: str, version: int, actor: Actor, at: datetime) -> None:
    db.session.execute(text("UPDATE objections SET state = 'dismissed'"))
    notices.approve(case, notices.Approval("文号 1", version), actor=actor, at=at)


def _answer_lift(case: str, version: int, actor: Actor, at: datetime) -> None:
    review.decide_lift(case, LiftAnswer(grants=True, reason=WHY, seen_version=version), actor=actor, at=at)


def _score(case: str, version: int, actor: Actor, at: datetime) -> object:
    marks = Marks("first-review", (80, 80), WHY, is_impartial=True, seen_version=version)
    return review.score(case, marks, actor=actor, at=at)


def _decided(verdict: Verdict) -> Callable[[str, int, Actor, datetime], object]:
    def act(case: str, version: int, actor: Actor, at: datetime) -> None:
        decision = StageDecision("first-review", verdict, WHY, version, None, {}, ("planned_net",), "clean-record")
        review.decide(case, decision, actor=actor, at=at)

    return act


R, D, E, F, C, A, P = (
    Role.REVIEWER,
    Role.DECIDER,
    Role.EXPERT,
    Role.FINANCE_MAKER,
    Role.FINANCE_CHECKER,
    Role.ADMISSION_OFFICER,
    Role.POLICY_OFFICER,
)
OFFICERS = (R, D, F, C, A, P)
IN_STAGE = ("in_stage", "first-review")
DECIDING: Mapping[str, tuple[tuple[Role, Work], ...]] = {
    "review_office.accept_case": (
        (R, _case(lambda c, v, who, at: review.accept(c, seen_version=v, actor=who, at=at), "submitted")),
    ),
    "review_office.correct_case": (
        (
            R,
            _case(
                lambda c, v, who, at: review.ask_correction(c, Correction(("planned_net",), WHY, v), actor=who, at=at),
                "submitted",
            ),
        ),
        (R, _case(_decided(Verdict.CORRECTION), *IN_STAGE)),
    ),
    "review_office.reject_case": (
        (
            R,
            _case(
                lambda c, v, who, at: review.reject(c, Rejection("clean-record", WHY, v), actor=who, at=at), "submitted"
            ),
        ),
        (R, _case(_decided(Verdict.REJECT), *IN_STAGE)),
    ),
    "review_office.pass_case": ((R, _case(_decided(Verdict.PASS), *IN_STAGE)),),
    "review_office.decide_case": (
        (
            D,
            _case(
                lambda c, v, who, at: review.decide_meeting(
                    c, MeetingDecision("纪要 1", supports=True, reason=WHY, seen_version=v), actor=who, at=at
                ),
                "to_decide",
            ),
        ),
        (
            D,
            _case(
                lambda c, v, who, at: review.run_out(c, seen_version=v, reason=WHY, actor=who, at=at),
                "to_decide",
            ),
        ),
    ),
    "review_office.propose_lift": (
        (
            R,
            _case(
                lambda c, v, who, at: review.propose_lift(c, Lift("soft", 1, WHY), seen_version=v, actor=who, at=at),
                *IN_STAGE,
            ),
        ),
    ),
    "review_office.answer_lift": ((D, _case(_answer_lift, *IN_STAGE)),),
    "review_scoring.score_case": ((E, _case(_score, *IN_STAGE)),),
    "review_skipped.make_good": (
        (R, lambda s, who: review.make_good(s.skipped, MakeGood(is_in_order=True, reason=WHY), actor=who, at=s.at)),
    ),
    "notices_office.resolve_objection": ((R, _resolve),),
    "notices_office.approve_cases": (
        (
            D,
            _case(_approve, "notice_ended"),
        ),
    ),
    "issuance_office.issue": ((D, _case(lambda c, _, who, at: issuance.issue_all([c], actor=who, at=at), "approved")),),
    "issuance_office.freeze": ((D, _voucher(issuance.freeze)),),
    "issuance_office.unfreeze": ((D, _voucher(issuance.unfreeze)),),
    "issuance_office.void": ((D, _voucher(issuance.void)),),
    "redemption_office.verify_claim": (
        (
            R,
            _claim(
                lambda c, who, at: redemption.verify_claim(c, Verification(claim_version(c), WHY), actor=who, at=at),
                "checked",
            ),
        ),
    ),
    "redemption_office.send_back": (
        (R, _claim(lambda c, who, at: redemption.send_back(c, WHY, actor=who, at=at), "checked")),
    ),
    "redemption_office.reject_claim": (
        (R, _claim(lambda c, who, at: redemption.reject_claim(c, WHY, actor=who, at=at), "checked")),
    ),
    "redemption_office.approve_claim": (
        (
            D,
            _claim(
                lambda c, who, at: redemption.approve_claim(c, Approval(claim_version(c), 1, WHY), actor=who, at=at),
                "verified",
            ),
        ),
    ),
    "redemption_office.refuse_claim": (
        (D, _claim(lambda c, who, at: redemption.refuse_claim(c, WHY, actor=who, at=at), "verified")),
    ),
    "settlement_office.make_batch": ((F, _make_anew),),
    "settlement_office.follow_up": ((F, _follow),),
    "settlement_office.drop_line": (
        (F, _batch(lambda b, who, at: settlement.drop_line(b, _first_line(b), actor=who, at=at), "open")),
    ),
    "settlement_office.lock_batch": ((F, _batch(lambda b, who, at: settlement.lock(b, actor=who, at=at), "open")),),
    "settlement_office.approve_batch": (
        (
            C,
            _batch(
                lambda b, who, at: settlement.approve(
                    b, Signature(settlement_queries.get(b).version, 1), actor=who, at=at
                ),
                "locked",
            ),
        ),
    ),
    "settlement_office.release_batch": (
        (C, _batch(lambda b, who, at: settlement.release(b, actor=who, at=at), "approved")),
    ),
    "enterprises_office.decide_enterprise": (
        (R, _enterprise(enterprises.bar, "registered")),
        (R, _enterprise(enterprises.readmit, "barred")),
        (R, _enterprise(enterprises.clear, "in_review")),
    ),
    "enterprises_office.note_breach": ((R, _breach),),
    "parties_office.hand_over": ((R, _hand_over),),
    "providers_office.take_up": ((A, _provider(providers.take_up, "applied")),),
    "providers_office.admit": ((A, _admit),),
    "providers_office.settle_uscc": (
        (
            A,
            lambda s, who: party_services.settle_uscc(provider_of(s).organisation_id, reason=WHY, actor=who, at=s.at),
        ),
    ),
    "providers_office.decide_provider": tuple(
        (A, _provider(partial(act, reason=WHY), state))
        for act, state in (
            (providers.refuse, "in_review"),
            (providers.suspend, "admitted"),
            (providers.resume, "suspended"),
            (providers.remove, "admitted"),
        )
    ),
    "candidates_office.release_list": (
        (P, lambda s, who: candidates.release(s.candidates, seen_version=None, actor=who, at=s.at)),
    ),
}
ELSEWHERE: Mapping[str, str] = {
    "review_ranking.settle": "tests/review/test_ranking.py::test_whoever_is_tied_to_one_on_the_list_settles_none_of_it",
    "subsidies_office.award": "tests/subsidies/test_reversing.py::test_whoever_is_tied_neither_awards_nor_withdraws",
    "subsidies_office.propose_reversal": (
        "tests/subsidies/test_reversing.py::test_whoever_is_tied_neither_awards_nor_withdraws"
    ),
    "subsidies_office.answer_reversal": (
        "tests/subsidies/test_reversing.py::test_whoever_is_tied_neither_awards_nor_withdraws"
    ),
}
"""Acts that need a world of their own: where they are tried."""

OF_NOBODY: Mapping[str, str] = {
    "accounts_office": "officers' accounts: an administrator's, and nobody decides on themselves",
    "signin_office": "the same",
    "candidates_office.drop_list": "puts a list aside before anybody was asked",
    "candidates_office.upload_register": "brings in whose names others listed",
    "ledger_office": "money of a scheme",
    "messages_mail": "one's own",
    "notices_office.open_notice": "shows what was decided",
    "notices_office.withdraw_notice": "puts off a whole list",
    "operation_office": "jobs",
    "oversight_office.state_reason": "says why one reads",
    "parties_office.declare_conflict": "says so oneself",
    "policy_": "rules for all",
    "redemption_office.list_red_letters": "enters what a seller's invoice says, by rule",
    "review_office.recuse_case": "steps back",
    "review_office.take_case": "decides nothing",
    "review_ranking.draw": "shows a lot that was fixed before",
    "review_scoring.recuse": "steps back",
    "settlement_comparing": "books against the bank",
    "settlement_office.close_batch": "follows what the bank said",
    "settlement_office.export_file": "what two signed",
    "settlement_office.import_result": "what the bank said",
    "settlement_office.reopen_batch": "puts off a whole batch",
}
"""Acts, or all acts of a blueprint, that decide on no organisation, and why not."""


def claim_version(public_id: str) -> int:
    return redemption_queries.get(public_id).version


def test_every_act_of_an_office_is_known_to_decide_or_not(app: Flask) -> None:
    acts = {
        rule.endpoint
        for rule in rules_of(app)
        if "POST" in (rule.methods or set()) and rule.rule.startswith("/office/") and permission_of(app, rule)
    }
    known = {*DECIDING, *ELSEWHERE, *(one for one in acts if any(map(one.startswith, OF_NOBODY)))}

    assert acts - known == set(), "say in this table whether the act decides on an organisation"
    assert {*DECIDING, *ELSEWHERE} - acts == set()
    for place in ELSEWHERE.values():
        file, _, name = place.partition("::")
        assert f"def {name}(" in (PACK.parents[2] / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("tie", ["own", "former", "linked"])
def test_no_act_decides_on_an_organisation_that_its_officer_is_tied_to(app: Flask, noon: datetime, tie: str) -> None:
    scene = make_scene(at=noon)
    _tie(scene, tie)

    done = {f"{name} {n}": _outcome(scene, *one) for name, acts in DECIDING.items() for n, one in enumerate(acts)}

    assert [f"{name}: {found}" for name, found in done.items() if found != "own-organisation"] == []


def test_whoever_left_longer_ago_than_the_term_decides_again(app: Flask, noon: datetime) -> None:
    """Else the refusals above could be for anything."""
    scene = make_scene(at=noon)
    _tie(scene, "former", days=TERM + 1)

    found = [_outcome(scene, *one) for acts in DECIDING.values() for one in acts]

    assert "own-organisation" not in found


def _outcome(scene: Scene, role: Role, work: Work) -> str:
    """The refusal, or what else came of it; nothing stays."""
    try:
        with transaction():
            work(scene, scene.officers[role])
            raise _Undone  # noqa: TRY301  what was done is undone
    except RuleViolation as refused:
        return refused.findings[0].code
    except Exception as other:  # noqa: BLE001  told by name
        return f"{type(other).__name__}: {other}"[:300]
    finally:
        db.session.rollback()


class _Undone(Exception):
    """The act went through."""


def _tie(scene: Scene, tie: str, days: int = 30) -> None:
    """Tie every officer to every organisation: acting for it, having left lately, acting for a sister of it."""
    day = beijing_date(scene.at)
    with transaction():
        places = scene.organisations
        if tie == "linked":
            parent = organisation(97, actor=MAKER, at=scene.at).id
            sister = organisation(98, actor=MAKER, at=scene.at).id
            for one in (*places, sister):
                link = NewControlLink(
                    6000, is_controller=True, source=FactSource.REGISTER, valid_from=day, holder_organisation_id=parent
                )
                party_services.link_control(one, link, actor=MAKER, at=scene.at)
            places = (sister,)
        for officer in scene.officers.values():
            for one in places:
                party_services.grant_mandate(
                    officer.person_id or 0,
                    one,
                    MandateKind.HANDLER,
                    letter_id=None,
                    valid_from=day - timedelta(days=900),
                    valid_until=day - timedelta(days=days) if tie == "former" else None,
                    actor=MAKER,
                    at=scene.at,
                )
