"""我能申领什么: what every open window would answer to one enterprise, from what is known of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vouchers.applications import queries, rules, services
from vouchers.applications.models import Application
from vouchers.applications.services import Preview
from vouchers.enterprises import queries as enterprises
from vouchers.enterprises.models import Enterprise
from vouchers.kernel.clock import beijing_date
from vouchers.policy import explanation, releases
from vouchers.policy import queries as policy
from vouchers.policy.models import Window
from vouchers.policy.rules.decision import decide
from vouchers.policy.rules.results import Decision
from vouchers.web.forms import sentence


@dataclass(frozen=True, slots=True)
class Offer:
    """One window's answer: the decision with its findings and steps, what is missing, and a live application."""

    window: str
    title: str
    scheme: str
    kind: str
    say: str
    opens_at: datetime
    closes_at: datetime
    left: int | None  # of the vouchers that the window frees at an hour; None where it frees no number
    quantity: int | None
    decision: Decision
    found: list[dict[str, Any]]
    calculation: list[dict[str, Any]]
    missing: list[str]
    live: str
    track: str
    fen: int | None  # what could be had; None while it cannot be told, or when nothing can
    in_kind: str  # the same in units, of a voucher in kind
    barred: list[tuple[str, str]]  # why it may not be asked for, with the clause: the window is over, or not for all


def offers_to(organisation_id: int, *, at: datetime) -> list[Offer]:
    """The answers of all open windows, and of those that will free vouchers at an hour."""
    enterprise = enterprises.of_organisation(organisation_id)
    windows = [*releases.coming(at), *(policy.window(one.public_id) for one in policy.open_windows(at))]
    return [_offer(enterprise, window, at=at) for window in windows]


def offer_to(organisation_id: int, window: str, *, at: datetime) -> Offer:
    """The answer of one window."""
    return _offer(enterprises.of_organisation(organisation_id), policy.window(window), at=at)


@dataclass(frozen=True, slots=True)
class InstantAnswer:
    """What a confirmation of an instant intake will do: nothing in `why` means a voucher at once."""

    why: list[str]


def instant_answer(application: Application, shown: Preview, *, at: datetime) -> InstantAnswer | None:
    """What confirming would do; None where the pack has no instant intake, or the case was handed in before."""
    if application.submitted_at is not None or track_of(application.window) != "instant":
        return None
    return InstantAnswer([sentence(one) for one in services.why_not_at_once(application, shown, at=at)])


def track_of(window: Window) -> str:
    """How the cases of a window are decided: reviewed where the pack says nothing."""
    intake = policy.pack(window.scheme_version).process.intake(window.voucher_kind)
    return "reviewed" if intake is None else intake.track


def _offer(enterprise: Enterprise, window: Window, *, at: datetime) -> Offer:
    on, kind = beijing_date(at), window.voucher_kind
    compiled = policy.compiled(window.scheme_version)
    case = queries.CaseKey(kind, window.id)
    seen = queries.known_facts(enterprise, window.scheme_version, case, answers={}, on=on)
    decision = decide(compiled, kind, queries.typed(seen, compiled), on=on)
    live = queries.has_live(enterprise.id, window.id, kind)
    closed = queries.not_open(window, at, may_prepare=window.release is not None)
    return Offer(
        window=window.public_id,
        title=window.title,
        scheme=explanation.of_plan(compiled.pack, window.scheme.title),
        kind=explanation.of_plan(compiled.pack, compiled.pack.kind(kind).name),
        say=explanation.of_plan(compiled.pack, compiled.pack.kind(kind).say),
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        left=window.release.left if window.release else None,
        quantity=window.release.quantity if window.release else None,
        decision=decision,
        found=explanation.findings(compiled, decision),
        calculation=explanation.calculation(compiled, decision),
        missing=[
            explanation.of_plan(compiled.pack, one.fact.label)
            for one in rules.missing_facts(decision, rules.asked_facts(compiled, kind))
        ],
        live=live.public_id if live else "",
        track=track_of(window),
        fen=(fen := rules.computed(compiled.pack, decision) or None),
        in_kind=explanation.in_units(compiled.pack.measure(kind), fen),
        barred=[(sentence(one), one.clause) for one in [*closed, *queries.not_listed(enterprise, window)]],
    )
