"""A pack that is matched automatically, registers, and lists brought in, computed and released by the real acts."""

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from flask import Flask

from tests.factories.accounts import make_user
from tests.factories.applications import Ground, make_ground
from tests.factories.parties import valid_uscc
from tests.policy.packs import PACK
from tests.worlds import kept
from vouchers.accounts.permissions import ROLES
from vouchers.accounts.states import Role
from vouchers.candidates import services
from vouchers.candidates.services import NewList
from vouchers.db.transaction import transaction
from vouchers.files.rules import Upload
from vouchers.jobs.worker import run_due
from vouchers.kernel.actor import Actor
from vouchers.policy.loader import LoadedPack, load_text
from vouchers.policy.pack.reading import read_document

LOCAL = {"provenance": "local", "say": "示例规则", "kinds": ["compute"]}
FIELDS: dict[str, object] = {
    "size_class": "micro",
    "registered_in": "重庆市渝中区",
    "operating_status": "operating",
    "dishonesty": "无",
    "planned_net": "80000.00",
    "field": "health",
    "other_support_contract": "0.00",
}
Change = Callable[[dict[str, Any]], object]


def rewritten(*changes: Change) -> LoadedPack:
    """The shipped pack with its data changed and written out again; nothing of it is asked for on paper."""
    data: Any = read_document(PACK.read_text(encoding="utf-8"), "pack.yaml").data
    for paper in data["documents"]:
        paper["required"] = False
    for case in (*data["cases"], *data["admission"]["cases"]):  # what they say of papers no longer holds
        case["then"].pop("documents", None)
    for change in changes:
        change(data)
    loaded = load_text(json.dumps(data, ensure_ascii=False), "pack.yaml", beside=PACK.parent)
    assert loaded.compiled is not None, loaded.errors
    return loaded


def intake(**rule: object) -> Change:
    """A rule for how compute vouchers come in."""
    found = {**LOCAL, "id": "intake", "opens": "yearly", "track": "reviewed", **rule}
    return lambda data: data["process"].update(intakes=[found])


@lru_cache(maxsize=1)
def automatic() -> LoadedPack:
    """The shipped pack with its compute vouchers matched automatically."""
    return rewritten(intake(track="automatic"))


@lru_cache(maxsize=1)
def instant() -> LoadedPack:
    """The shipped pack with its compute vouchers had at once, and nothing put on notice."""
    return rewritten(intake(track="instant"), lambda data: data["process"].pop("notice"))


def register(rows: Iterable[dict[str, object]], columns: Iterable[str] = ("uscc", "name", *FIELDS)) -> bytes:
    """A register as CSV; what a row does not say is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, [*columns], restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def row(number: int, **changes: object) -> dict[str, object]:
    """An enterprise that qualifies, changed by the arguments."""
    return {"uscc": valid_uscc(number), "name": f"渝中测试科技{number}有限公司", **FIELDS, **changes}


@kept
def officer(at: datetime, name: str) -> Actor:
    """A policy officer as services know them."""
    somebody = make_user(Role.POLICY_OFFICER, at=at, name=name)
    return somebody.actor(Role.POLICY_OFFICER, frozenset(map(str, ROLES[Role.POLICY_OFFICER])))


@kept
def upload(ground: Ground, content: bytes, uploader: Actor, *, at: datetime, until: int = 30) -> str:
    """A register brought in for the ground's window; its public id."""
    received = services.receive_register(Upload("登记册.csv", content), field="file")
    as_of: date = at.date() - timedelta(days=5)
    new = NewList(ground.window, "第一批名单", "市统计局数据", as_of, at.date() + timedelta(days=until))
    with transaction():
        return services.upload(new, received, actor=uploader, at=at).public_id


@kept
def computed(app: Flask, ground: Ground, content: bytes, uploader: Actor, *, at: datetime) -> str:
    """A list that the job has read."""
    public_id = upload(ground, content, uploader, at=at)
    run_due(app, at=at)
    return public_id


@kept
def released(app: Flask, ground: Ground, content: bytes, *, at: datetime) -> str:
    """A list that a second person has released."""
    public_id = computed(app, ground, content, officer(at, "甲"), at=at)
    second = officer(at, "乙")
    with transaction():
        services.release(public_id, seen_version=None, actor=second, at=at)
    return public_id


@kept
def automatic_ground(at: datetime) -> Ground:
    """The pack in force with an open window and money."""
    return make_ground(at=at, loaded=automatic())
