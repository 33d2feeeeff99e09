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
from vouchers.applications.rules.at_once import at_once_findings
from vouchers.applications.rules.checking import (
    completeness_findings,
    decision_findings,
    document_findings,
    list_findings,
    missing_facts,
    release_findings,
    requested_findings,
    scope_findings,
    window_findings,
)
from vouchers.applications.rules.clock import days_left, running_days
from vouchers.applications.rules.money import computed, fitting, requires_whole_layers, whole_findings
from vouchers.applications.rules.stages import entry_stage, is_apart, next_stage, stage_before

__all__ = [
    "AskedDocument",
    "AskedFact",
    "Section",
    "asked_documents",
    "asked_facts",
    "at_once_findings",
    "completeness_findings",
    "computed",
    "days_left",
    "decision_findings",
    "document_findings",
    "entry_stage",
    "fitting",
    "is_apart",
    "is_locked",
    "list_findings",
    "merged",
    "missing_facts",
    "next_stage",
    "release_findings",
    "requested_findings",
    "requires_whole_layers",
    "running_days",
    "scope_findings",
    "section_of",
    "stage_before",
    "whole_findings",
    "window_findings",
]
