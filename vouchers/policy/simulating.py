"""测算: a version tried on a register as a job. The register is deleted once it is read, the figures after a month."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.config import Settings
from vouchers.db.base import db
from vouchers.jobs import services as jobs
from vouchers.jobs.registry import JobKind, Payload
from vouchers.kernel.actor import Actor
from vouchers.kernel.clock import beijing_date
from vouchers.kernel.errors import NotFound, NotPermitted
from vouchers.policy import queries
from vouchers.policy.models import SchemeVersion, Simulation
from vouchers.policy.pack.phases import Phase
from vouchers.policy.relational.apart import simulated
from vouchers.policy.states import SimulationState, VersionState

KEPT_FOR = timedelta(days=30)
LEFT_BEHIND = timedelta(days=1)
"""How long figures stay, and when a register whose upload was broken off is deleted: this system's own settings."""
ENDINGS = (".csv", ".parquet")
_JOB, _PORTION, _MOST_KEPT_FINDINGS = "policy.simulate", 50, 50


@dataclass(frozen=True, slots=True)
class NewSimulation:
    """What to try on which register: money in fen; `assumed` holds on every row; `against` is a version."""

    kind: str
    on: date
    file_name: str
    content: bytes
    budget: int | None = None
    per_day: int | None = None
    assumed: Mapping[str, object] = field(default_factory=dict)
    against: str = ""


def ask(public_id: str, new: NewSimulation, *, actor: Actor, at: datetime) -> Simulation:
    """Keep the register for as long as it takes to read it, and ask for the work."""
    version = queries.get_version(public_id)
    queries.confirm_covered(version.scheme, actor, on=beijing_date(at))  # not the day that is tried
    if actor.person_id is None:
        raise NotPermitted("a person asks for a simulation")
    against = queries.get_version(new.against) if new.against else None
    asked = Simulation(
        scheme_version_id=version.id,
        against_id=against.id if against else None,
        voucher_kind=new.kind,
        on_day=new.on,
        budget=new.budget,
        per_day=new.per_day,
        assumed=dict(new.assumed),
        file_name=Path(new.file_name).name[:200],
        asked_by_id=actor.person_id,
        state=SimulationState.WAITING,
        findings=[],
        created_at=at,
    )
    db.session.add(asked)
    db.session.flush()
    path = _register(asked)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.write_bytes(new.content)
    details = {"version": version.public_id, "kind": new.kind, "against": new.against}
    audit.record("policy.ask_simulation", _subject(asked), actor=actor, at=at, change=("", "waiting"), details=details)
    jobs.enqueue(_JOB, asked.public_id, payload={"simulation": asked.public_id}, at=at)
    return asked


def get(public_id: str) -> Simulation:
    """A simulation; NotFound when there is none."""
    found = db.session.scalar(select(Simulation).where(Simulation.public_id == public_id))
    if found is None:
        raise NotFound("no such simulation")
    return found


def simulations_of(version_id: int) -> list[Simulation]:
    """What was tried on a version, the newest first."""
    statement = select(Simulation).where(Simulation.scheme_version_id == version_id)
    return list(db.session.scalars(statement.order_by(Simulation.id.desc())))


def run(payload: Payload) -> dict[str, Any] | None:
    """Read the register and work it out, in another process; nothing where it was done before."""
    asked = get(payload["simulation"])
    if asked.state is not SimulationState.WAITING:
        return None
    return simulated(
        {
            "pack": asked.scheme_version.content,
            "against": asked.against.content if asked.against else None,
            "kind": asked.voucher_kind,
            "phase": Phase.APPLICATION.value,
            "on": asked.on_day.isoformat(),
            "budget": asked.budget,
            "per_day": asked.per_day,
            "assumed": asked.assumed,
            "file": str(_register(asked)),
        }
    )


def keep(payload: Payload, prepared: dict[str, Any] | None, *, actor: Actor, at: datetime) -> None:
    """Keep the figures, or what is wrong with the register; the register goes."""
    asked = get(payload["simulation"])
    if prepared is not None:
        asked.findings, asked.result = prepared["findings"][:_MOST_KEPT_FINDINGS], prepared["result"]
        asked.state = SimulationState.REFUSED if asked.result is None else SimulationState.DONE
        asked.done_at, asked.version = at, asked.version + 1
        change = (SimulationState.WAITING.value, asked.state.value)
        audit.record("policy.simulate", _subject(asked), actor=actor, at=at, change=change)
    _register(asked).unlink(missing_ok=True)


def forget_old(*, actor: Actor, at: datetime) -> int:
    """Delete figures that are older than a month, and registers that a broken upload left; one portion."""
    _sweep_registers(at)
    old = select(Simulation).where(Simulation.created_at < at - KEPT_FOR).order_by(Simulation.id).limit(_PORTION)
    found = list(db.session.scalars(old))
    for one in found:
        _register(one).unlink(missing_ok=True)
        audit.record("policy.forget_simulation", _subject(one), actor=actor, at=at, change=(one.state.value, "deleted"))
        db.session.delete(one)
    return len(found)


def comparable(version: SchemeVersion) -> list[SchemeVersion]:
    """The other versions of the same scheme that were checked: what they say can be worked out."""
    return [
        one
        for one in queries.versions_of(version.scheme_id)
        if one.id != version.id and one.state is not VersionState.DRAFT
    ]


def _sweep_registers(at: datetime) -> None:
    folder = _folder()
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.stat().st_mtime < (at - LEFT_BEHIND).timestamp():
            path.unlink(missing_ok=True)


def _folder() -> Path:
    settings: Settings = current_app.config["SETTINGS"]
    return settings.instance / "registers"


def _register(asked: Simulation) -> Path:
    return _folder() / f"{asked.public_id}{Path(asked.file_name).suffix.lower()}"


def _subject(asked: Simulation) -> Subject:
    return Subject("simulation", asked.public_id)


SIMULATE = JobKind(_JOB, keep, prepare=run, label=_l("测算"))
