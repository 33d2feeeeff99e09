"""Decisions about applications: what is asked, what is missing, how long it may take, which quota it draws on."""

from vouchers.applications.rules.asking import (
    AskedDocument,
    AskedFact,
    Section,
    asked_documents,
    asked_facts,
    is_locked,
    merged,
    section_of,
)
from vouchers.applications.rules.checking import (
    completeness_findings,
    decision_findings,
    document_findings,
    list_findings,
    missing_facts,
    requested_findings,
    scope_findings,
    window_findings,
)
from vouchers.applications.rules.clock import days_left, running_days
from vouchers.applications.rules.money import fitting, layer_weights, requires_whole_layers
from vouchers.applications.rules.stages import entry_stage, is_apart, next_stage

__all__ = [
    "AskedDocument",
    "AskedFact",
    "Section",
    "asked_documents",
    "asked_facts",
    "completeness_findings",
    "days_left",
    "decision_findings",
    "document_findings",
    "entry_stage",
    "fitting",
    "is_apart",
    "is_locked",
    "layer_weights",
    "list_findings",
    "merged",
    "missing_facts",
    "next_stage",
    "requested_findings",
    "requires_whole_layers",
    "running_days",
    "scope_findings",
    "section_of",
    "window_findings",
]
