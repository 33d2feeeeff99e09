"""Pages in English say nothing in Chinese but names, what somebody typed, and what is marked as Chinese."""

import re
from collections.abc import Iterator
from io import BytesIO
from xml.etree.ElementTree import Element

import pytest
from babel.messages.pofile import read_po
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.hostile import SIEGE
from tests.hostile.conftest import HERE
from tests.hostile.crowd import Crowd
from tests.hostile.walk import Answered, stroll
from tests.pages import read_page
from vouchers.db.base import Base, db
from vouchers.policy.models import FairnessReview

CHINESE = re.compile(r"[\u3400-\u9fff]")
CATALOGUE = HERE.parents[1] / "vouchers" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
HEARD = ("title", "alt", "placeholder", "aria-label", "data-label", "label")
"""Attributes that somebody reads or hears."""
SAID_BY_US = frozenset({"audit_events", "messages", "schemes"})
"""Tables that keep what product and plans say; what people typed stands elsewhere too."""
FILE = re.compile(r"[\w()-]+\.(?:csv|pdf|xml)")
MASKED = re.compile(r"[\u3400-\u9fff]\*+[\u3400-\u9fff]?|[^\W\d_·]\**·?\*+[\u3400-\u9fff]?")
BY_NAME = ("渝中区大数据发展局（演示）", "业务咨询：0000-00000000", "政府网站标识码：0000000000")
"""Settings of the installation: whose site it is, and how it is reached."""
LEAST_PAGES = 150


class English(Crowd):
    """People who read English, whatever the switch on a page offers."""

    def get(self, role: str, address: str) -> TestResponse:
        """GET as this role; the switch of languages leads back to English."""
        return super().get(role, "/language/en" if address.startswith("/language/") else address)


@pytest.fixture
def english(crowd: Crowd) -> Iterator[English]:
    readers = English(crowd.app, crowd.browsers)
    for role in readers.browsers:
        readers.get(role, "/language/en")
    yield readers
    for role in readers.browsers:
        crowd.get(role, "/language/zh")


def test_no_page_in_english_says_anything_in_chinese_that_is_not_marked(english: English) -> None:
    pages = list(stroll(english, readers=99 if SIEGE else 1).pages())
    typed = _typed(english)

    found = {f"{page.endpoint}: {text}" for page in pages for text in _chinese(page, typed)}

    assert len({page.endpoint for page in pages}) > LEAST_PAGES
    assert not found, "\n".join(sorted(found))


def _typed(crowd: Crowd) -> re.Pattern[str]:
    """Names and words of people, as they are kept, and masked names; the longest first."""
    with crowd.app.app_context():
        kept = (table for table in Base.metadata.sorted_tables if table.name not in SAID_BY_US)
        found = {value for table in kept for row in db.session.execute(select(table)) for value in _texts([*row])}
        found |= set(_texts([db.session.scalars(select(FairnessReview.answers)).all()]))
        db.session.rollback()
    ours = {str(message.id) for message in read_po(BytesIO(CATALOGUE.read_bytes()), locale="en")}
    names = sorted((found | set(BY_NAME)) - ours, key=len, reverse=True)
    return re.compile("|".join([*map(re.escape, names), FILE.pattern, MASKED.pattern]))


def _texts(here: object) -> Iterator[str]:
    """Every text in Chinese in a row, or in a list of answers."""
    if isinstance(here, str):
        if CHINESE.search(here):
            yield here
    elif isinstance(here, list | tuple):
        for one in here:
            yield from _texts(one)
    elif isinstance(here, dict) and "article" in here:
        yield from _texts(list(here.values()))


def _chinese(page: Answered, typed: re.Pattern[str]) -> set[str]:
    tree = read_page(page.body.decode(), path=page.address, headers=page.headers).tree
    said = (" ".join(text.split()) for text in _unmarked(tree))
    return {text for text in said if CHINESE.search(text) and CHINESE.search(typed.sub("…", text))}


def _unmarked(element: Element) -> Iterator[str]:
    """What an element and those in it say that are not marked as Chinese; what stands in a field was typed."""
    if element.get("lang", "").startswith("zh") or element.tag in {"script", "style"}:
        return
    yield from (element.get(name, "") for name in HEARD)
    if element.tag != "textarea":
        yield element.text or ""
    for inner in element:
        yield from _unmarked(inner)
        yield inner.tail or ""
