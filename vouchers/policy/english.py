"""The English that plans give for their own words, for pages and messages that have no plan at hand."""

from collections.abc import Mapping
from functools import lru_cache

from flask import Flask, g
from sqlalchemy import select

from vouchers.db.base import db
from vouchers.policy.models import SchemeVersion
from vouchers.web.wording import PLANS

_MOST_KEPT = 4
_HELD = "plans_in_english"


def add_english(app: Flask) -> None:
    """Let pages find what a plan's words are in English."""
    app.extensions[PLANS] = english_of_plans


def english_of_plans() -> Mapping[str, str]:
    """Of every version of every scheme its texts and their English; of two versions the newer one's holds."""
    if _HELD not in g:
        hashes = db.session.scalars(select(SchemeVersion.content_hash).order_by(SchemeVersion.id)).all()
        setattr(g, _HELD, _merged(tuple(hashes)))
    found: Mapping[str, str] = getattr(g, _HELD)
    return found


@lru_cache(maxsize=_MOST_KEPT)
def _merged(hashes: tuple[str, ...]) -> Mapping[str, str]:
    """What is kept for these contents; a draft that changes has another hash."""
    statement = select(SchemeVersion.content).where(SchemeVersion.content_hash.in_(set(hashes)))
    found: dict[str, str] = {}
    for content in db.session.scalars(statement.order_by(SchemeVersion.id)):
        found |= content.get("english") or {}
    return found
