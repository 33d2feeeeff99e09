"""The world of the access tests: who is asked as, how a request is sent as them, and how the world is put back."""

import re
import secrets
import sqlite3
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.policy.relational.registers import GOOD, HEADING
from vouchers.accounts import queries, services
from vouchers.accounts.models import Appointment, SignInSession, User
from vouchers.accounts.rules import BODIES
from vouchers.accounts.services import NewAppointment, NewUser, PersonDetails
from vouchers.accounts.states import OfficeKind, Role
from vouchers.applications.models import Application
from vouchers.audit import heads
from vouchers.audit import queries as chain
from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.candidates.models import Candidate, CandidateList
from vouchers.candidates.states import CandidateState, ListState
from vouchers.db.base import db
from vouchers.db.transaction import transaction
from vouchers.files.models import StoredFile
from vouchers.kernel.actor import Actor, command
from vouchers.parties.models import Organisation
from vouchers.policy import simulating
from vouchers.policy.models import SchemeVersion, Window
from vouchers.policy.simulating import NewSimulation
from vouchers.review.models import SkippedStage
from vouchers.settlement import services as settlement
from vouchers.settlement.services import NewComparison
from vouchers.signin.services import propose_reset

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)
TODAY = date(2026, 3, 18)
MAKER = command("test")
_TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

SEATS: Mapping[Role, str] = {
    Role.HANDLER: "jingban",
    Role.REPRESENTATIVE: "qiye",
    Role.PROVIDER_OPERATOR: "fuwushang",
    Role.PROVIDER_FINANCE: "fuwucaiwu",
    Role.POLICY_OFFICER: "zhengce",
    Role.ADMISSION_OFFICER: "ruku",
    Role.REVIEWER: "shenhe",
    Role.EXPERT: "zhuanjia",
    Role.DECIDER: "shending",
    Role.FINANCE_MAKER: "zhidan",
    Role.FINANCE_CHECKER: "fuhe",
    Role.OVERSEER: "jiandu",
    Role.SYSTEM_ADMIN: "xitong",
    Role.SECURITY_ADMIN: "anquan",
    Role.AUDIT_ADMIN: "shenji",
}
"""Who is asked as which role, by their sign-in in the demonstration."""

COLLEAGUES: Mapping[Role, str] = {
    Role.HANDLER: "qiye",
    Role.REPRESENTATIVE: "jingban",
    Role.PROVIDER_OPERATOR: "fuwucaiwu",
    Role.PROVIDER_FINANCE: "fuwushang",
}
"""Somebody else of the same organisation; officers have the reviewer as a colleague, and the reviewer the decider."""

STRANGERS = ("qiye2", "qiye3", "qiye4", "qiye5", "qiye6", "lvyuan", "zhidan")
"""People of other enterprises, of another provider, of another office."""

ORGANISED = frozenset(COLLEAGUES)


@dataclass(frozen=True)
class Seat:
    """Somebody by the ids that things belong to."""

    role: Role
    user_id: int
    organisation_id: int | None
    office_id: int | None


def outsiders() -> None:
    """For every role of an office one more person, of another office, appointed for a scheme that is not there."""
    with transaction():
        office_id = services.open_office(
            "别处区数据局", OfficeKind.LEAD, region="重庆市别处区", parent_id=None, actor=MAKER, at=NOON
        )
        finance_id = services.open_office(
            "别处区财政局", OfficeKind.FINANCE, region="重庆市别处区", parent_id=None, actor=MAKER, at=NOON
        )
        for number, role in enumerate(set(Role) - ORGANISED):
            person = PersonDetails(f"别处·{role.value}", phone=f"1981111{number:04d}")
            user_id, _ = services.create_user(
                NewUser(f"elsewhere-{role.value}", person, "Biechu-de-ren-2026", "JBSWY3DPEHPK3PXP"),
                actor=MAKER,
                at=NOON,
            )
            home = finance_id if role in BODIES else office_id
            post = NewAppointment(user_id, role, date(2026, 1, 1), office_id=home, schemes=("elsewhere",))
            services.appoint(post, actor=MAKER, at=NOON)


def rarities(app: Flask) -> None:
    """What the demonstration lacks: a signed head, a comparison after a restore, a proposal to reset a factor."""
    maker, administrator = actor_at("zhidan"), actor_at("xitong")
    with transaction():
        restoration = audit.begin_restoration(NOON, 1, actor=MAKER, at=NOON)
        found = NewComparison("银行流水 2026-03-18", 0, 0, "与系统一致")
        settlement.record_comparison(found, actor=maker, at=NOON)
        audit.end_restoration(restoration.id, at=NOON)
        propose_reset(seat_of("jiandu").user_id, reason="手机遗失", actor=administrator, at=NOON)
    _tracks()
    _simulation()
    settings = app.config["SETTINGS"]
    heads.keep(heads.sign(*chain.head(), settings, at=NOON), settings)


def _tracks() -> None:
    """A list of candidates with an offer to every enterprise, and a stage that a case left out."""
    window, file = db.session.scalars(select(Window)).first(), db.session.scalars(select(StoredFile)).first()
    case = db.session.scalars(select(Application).where(Application.submitted_at.is_not(None))).first()
    people = list(db.session.scalars(select(User.person_id).order_by(User.id)))
    assert window is not None
    assert file is not None
    assert case is not None
    numbers = list(db.session.scalars(select(Organisation.uscc).where(Organisation.uscc.is_not(None))))
    with transaction():
        found = CandidateList(
            window_id=window.id,
            file_id=file.id,
            title="免申即享名单",
            source="市统计局数据",
            as_of=TODAY,
            expires_on=date(2026, 4, 30),
            state=ListState.RELEASED,
            decided_on=TODAY,
            uploaded_by_id=people[0],
            released_by_id=people[1],
            created_at=NOON,
        )
        db.session.add(found)
        db.session.flush()
        for row, uscc in enumerate(numbers, start=2):
            one = Candidate(list_id=found.id, row=row, uscc=uscc, name=f"企业{row}", result="eligible", amount=1)
            one.reasons, one.facts, one.beside, one.state = [], {}, {}, CandidateState.OFFERED
            db.session.add(one)
        db.session.add(
            SkippedStage(application_id=case.id, stage="first-review", rule="fast", skipped_at=NOON, due_on=TODAY)
        )
        audit.record("test.tracks", Subject("candidate_list", found.public_id), actor=MAKER, at=NOON)


def _simulation() -> None:
    """The version in force tried on a register of one row, and worked out."""
    version = db.session.scalars(select(SchemeVersion.public_id).order_by(SchemeVersion.id)).first()
    assert version is not None
    text = f"{HEADING},应用领域,同一合同已获其他财政支持\n{GOOD},health,0"
    caps = {"granted:cap-applicant-year": "0 元", "granted:cap-controller-year": "0 元"}
    new = NewSimulation("compute", TODAY, "r.csv", text.encode(), assumed=caps)
    with transaction():
        payload = {"simulation": simulating.ask(version, new, actor=actor_at("zhengce"), at=NOON).public_id}
    found = simulating.run(payload)
    db.session.rollback()
    with transaction():
        simulating.keep(payload, found, actor=MAKER, at=NOON)


def actor_at(sign_in: str) -> Actor:
    """Somebody by their sign-in, at their post."""
    seat = seat_of(sign_in)
    person_id = db.session.scalars(select(User.person_id).where(User.id == seat.user_id)).one()
    known = replace(MAKER, role=seat.role.value, user_id=seat.user_id, person_id=person_id)
    return replace(known, office_id=seat.office_id, organisation_id=seat.organisation_id)


def seat_of(sign_in: str) -> Seat:
    """Somebody by their sign-in."""
    row = db.session.execute(
        select(Appointment.role, User.id, Appointment.organisation_id, Appointment.office_id)
        .join(User, User.id == Appointment.user_id)
        .where(User.sign_in == sign_in)
    ).first()
    assert row is not None, sign_in
    return Seat(*row)


@dataclass
class Hand:
    """A browser that somebody is signed in at: the cookies and the form token that go with each request."""

    cookies: str
    token: str


@dataclass
class World:
    """The application on its database, and a copy of the database to go back to."""

    app: Flask
    clock: Path
    file: Path
    kept: Path
    _hands: dict[str, Hand] = field(default_factory=dict)
    _watch: sqlite3.Connection = field(init=False)
    _version: int = 0

    def __post_init__(self) -> None:
        tokens = {name: secrets.token_urlsafe(16) for name in db.session.scalars(select(User.sign_in))}
        _open_sessions(tokens)
        self._watch = sqlite3.connect(self.file, isolation_level=None, check_same_thread=False)
        for name, token in tokens.items():
            self._hands[name] = self._greeted(f"sid={token}")
        self._hands[""] = self._greeted("")
        with sqlite3.connect(self.kept) as kept:
            self._watch.backup(kept)
        kept.close()
        self._version = self._look()

    def ask(
        self, sign_in: str, method: str, path: str, data: Mapping[str, Any] | None = None, **more: Any
    ) -> TestResponse:
        """Send a request as somebody (nobody for an empty name), with a good form token where one is wanted."""
        hand = self._hands[sign_in]
        sent = None if method in {"GET", "HEAD", "OPTIONS"} else {"csrf_token": hand.token, **(data or {})}
        headers = {"Cookie": hand.cookies, "Sec-Fetch-Site": "same-origin", **more.pop("headers", {})}
        if "json" in more:
            sent, headers = None, {"X-CSRFToken": hand.token, "Accept": "application/json", **headers}
        client = self.app.test_client(use_cookies=False)
        return Context().run(client.open, path, method=method, data=sent, headers=headers, buffered=True, **more)

    def has_changed(self) -> bool:
        """Whether anything was committed since the world was made or put back."""
        return self._look() != self._version

    def rows(self) -> list[str]:
        """Every row of the database as text."""
        return list(self._watch.iterdump())

    def restore(self) -> None:
        """Put the world back when something was committed."""
        if not self.has_changed():
            return
        db.session.rollback()
        db.session.expire_all()
        source, goal = sqlite3.connect(self.kept), sqlite3.connect(self.file)
        source.backup(goal)
        source.close()
        goal.close()
        self._version = self._look()

    def _look(self) -> int:
        return int(self._watch.execute("PRAGMA data_version").fetchone()[0])

    def _greeted(self, cookie: str) -> Hand:
        client = self.app.test_client(use_cookies=False)
        answer = Context().run(client.get, "/verify/", headers={"Cookie": cookie})
        own = next(line for line in answer.headers.getlist("Set-Cookie") if line.startswith("session="))
        found = _TOKEN.search(answer.get_data(as_text=True))
        assert found, answer.get_data(as_text=True)
        return Hand(f"{cookie}; {own.partition(';')[0]}".lstrip("; "), found.group(1))


def plain(answer: TestResponse, *echoed: str) -> str:
    """What an answer says, without the request's number and token and what it repeats of the address asked for."""
    text = answer.get_data(as_text=True) + str(answer.headers.get("Location", ""))
    for word in sorted((answer.headers["X-Request-Id"], *filter(None, echoed)), key=len, reverse=True):
        text = text.replace(word, "…")
    return _TOKEN.sub("…", text)


def _open_sessions(tokens: Mapping[str, str]) -> None:
    with transaction() as session:
        for name, token in tokens.items():
            user_id = queries.user_named(name)
            session.add(
                SignInSession(
                    token_hash=queries.token_hash(token),
                    user_id=user_id,
                    created_at=NOON,
                    last_seen_at=NOON,
                    factor_at=NOON,
                    address="127.0.0.1",
                )
            )
