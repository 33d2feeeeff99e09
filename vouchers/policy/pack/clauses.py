"""Where a rule comes from: its source, its clause, and who decided the number."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, PlainValidator

from vouchers.policy.pack.values import Part

_CITE_PARTS = (2, 3)


class Provenance(StrEnum):
    """Who says so: the cited document, our reading of its aim, or the authority's own setting."""

    PLAN = "plan"
    DERIVED = "derived"
    LOCAL = "local"


PROVENANCE_LABELS = {
    Provenance.PLAN: "规划原文",
    Provenance.DERIVED: "据规划推定",
    Provenance.LOCAL: "本地设定",
}


class Confidence(StrEnum):
    """How sure the source is."""

    OFFICIAL = "official"
    PRESS = "press"
    TRACKER = "tracker"
    INFERRED = "inferred"


CONFIDENCE_LABELS = {
    Confidence.OFFICIAL: "官方文件",
    Confidence.PRESS: "媒体报道",
    Confidence.TRACKER: "第三方整理",
    Confidence.INFERRED: "推断",
}


@dataclass(frozen=True, slots=True)
class Cite:
    """A clause: the source's key, the article, and a short quotation."""

    source: str
    article: str
    quotation: str = ""


def read_cite(raw: object) -> Cite:
    """A clause from a list of two or three texts.

    >>> read_cite(["plan", "三"])
    Cite(source='plan', article='三', quotation='')
    """
    if isinstance(raw, list) and len(raw) in _CITE_PARTS and all(isinstance(part, str) and part for part in raw):
        return Cite(*raw)
    raise ValueError("依据要写成 [来源, 条款, 原文摘录]，三项都是文字，摘录可省")


Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Sentence = Annotated[str, Field(min_length=2, max_length=300)]

English = Annotated[str, Field(max_length=600, pattern=r"^[^\u3400-\u9fff]*[A-Za-z][^\u3400-\u9fff]*$")]
"""A sentence or name in English, in which no Chinese is left."""


class Source(Part):
    """A document that rules cite. `wording: not-seen` where only reports of it were read, so nothing is quoted."""

    title: Sentence
    issuer: str
    issued: str = ""
    number: str = ""
    url: str = ""
    confidence: Confidence
    text: str = ""
    wording: Literal["seen", "not-seen"] = "seen"
    note: str = ""


class Rule(Part):
    """What every rule of a pack carries: a key, a sentence for people, where it comes from, and its clause."""

    id: Identifier
    say: Sentence
    provenance: Provenance
    cite: Annotated[Cite, PlainValidator(read_cite)] | None = None
    confidence: Confidence | None = None
    note: str = ""
