"""What a pack asks beside who and how much: papers, what a provider must meet, and the way past some stages."""

from datetime import date

from vouchers.policy.pack.conditions import Condition
from vouchers.policy.pack.intake import FastTrack
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.process import AdmissionRule, DocumentRule
from vouchers.policy.rules.eligibility import PASS, Outcome, TypedCondition, compiled, typed
from vouchers.policy.rules.facts import Facts
from vouchers.policy.rules.vocabulary import vocabulary_of

Met = tuple[AdmissionRule, TypedCondition, Outcome]
"""A requirement of admission, its condition with types, and what came of it."""


def documents_asked(pack: PolicyPack, at: str, *, kind: str, facts: Facts, on: date) -> tuple[DocumentRule, ...]:
    """The papers asked for at an application, a redemption or an admission, of whomever, under these facts."""
    return tuple(
        rule
        for rule in pack.documents
        if rule.at == at
        and (at == "admission" or kind in (rule.kinds or (kind,)))
        and (rule.when is None or asked(pack, rule.when, facts, on) is PASS)
    )


def fast_track(pack: PolicyPack, kind: str, facts: Facts, on: date) -> FastTrack | None:
    """The first fast track of a kind whose condition holds."""
    found = (track for track in pack.process.fast_tracks if kind in track.kinds)
    return next((track for track in found if asked(pack, track.when, facts, on) is PASS), None)


def requirements_met(pack: PolicyPack, facts: Facts, on: date) -> tuple[Met, ...]:
    """The requirements of admission, each asked of a provider."""
    found = ((rule, _typed(pack, rule.when)) for rule in pack.admission.requirements)
    return tuple((rule, condition, compiled(condition)(facts, on)) for rule, condition in found)


def asked(pack: PolicyPack, when: Condition, facts: Facts, on: date) -> Outcome:
    """What comes of a condition of a pack."""
    return compiled(_typed(pack, when))(facts, on)


def _typed(pack: PolicyPack, when: Condition) -> TypedCondition:
    return typed(when, vocabulary_of(pack), {named.id: named.items for named in pack.lists})
