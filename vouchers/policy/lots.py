"""抽签: a secret is committed to when the window opens, and shown with a public number when lots are drawn."""

import secrets
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select

from vouchers.audit import services as audit
from vouchers.audit.services import Subject
from vouchers.db.base import db
from vouchers.kernel.actor import Actor
from vouchers.kernel.errors import Conflict, RuleViolation
from vouchers.kernel.findings import Finding
from vouchers.policy.models import LotDraw, Window
from vouchers.policy.pack.allocation import Allocation
from vouchers.policy.pack.model import PolicyPack

_SECRET_BYTES = 32


def allocation_of(pack: PolicyPack, kind: str) -> Allocation | None:
    """The rule by which the money of a kind is given out; None where the pack is silent."""
    return next((rule for rule in pack.allocation if kind in rule.kinds), None)


def is_drawn(pack: PolicyPack, kind: str) -> bool:
    """Whether lots are drawn for a kind, for its order or for ties."""
    rule = allocation_of(pack, kind)
    return rule is not None and rule.seed is not None


def source_findings(pack: PolicyPack, kind: str, source: str) -> list[Finding]:
    """Why a window cannot open without saying where the public number of its draw comes from."""
    if not is_drawn(pack, kind) or source.strip():
        return []
    message = "本券种抽签分配，开窗口时须公布抽签用的公开数值取自哪里。"
    way = "请写明来源和日期，例如“2026年5月6日上证综合指数收盘点位”。"
    return [Finding("no-lot-source", message, way=way, field="lot_source")]


def draw_of(window_id: int) -> LotDraw | None:
    """The draw of a window, where its kind is drawn by lot."""
    return db.session.scalar(select(LotDraw).where(LotDraw.window_id == window_id))


def bind(window: Window, source: str, *, actor: Actor, at: datetime) -> LotDraw:
    """Bind the draw of a window before anybody applies: a secret nobody chose, and the source of a public number."""
    secret = secrets.token_hex(_SECRET_BYTES)
    draw = LotDraw(
        window_id=window.id,
        commitment=sha256(secret.encode()).hexdigest(),
        source=source.strip(),
        secret=secret,
        revealed="",
        value="",
        created_at=at,
    )
    db.session.add(draw)
    db.session.flush()
    details = {"commitment": draw.commitment, "source": draw.source}
    audit.record("policy.commit_lots", Subject("window", window.public_id), actor=actor, at=at, details=details)
    return draw


def reveal(window: Window, value: str, *, actor: Actor, at: datetime) -> LotDraw:
    """Show the secret with the public number; from then on anybody draws the same lots."""
    draw = db.session.scalar(select(LotDraw).where(LotDraw.window_id == window.id).with_for_update())
    if draw is None or draw.revealed:
        raise Conflict("there is no draw to make, or it was made")
    if not value.strip():
        way = f"请填写事先公布的来源（{draw.source}）给出的数值。"
        raise RuleViolation([Finding("no-value", "没有填写公开数值。", way=way, field="value")])
    draw.revealed, draw.value, draw.version = draw.secret or "", value.strip(), draw.version + 1
    db.session.flush()
    details = {"commitment": draw.commitment, "value": draw.value, "secret": draw.revealed}
    audit.record("policy.reveal_lots", Subject("window", window.public_id), actor=actor, at=at, details=details)
    return draw


def seed_of(draw: LotDraw | None) -> str:
    """What the lots are drawn with: the secret and the public number, a line each; empty until they are shown."""
    return f"{draw.revealed}\n{draw.value}" if draw is not None and draw.revealed else ""
