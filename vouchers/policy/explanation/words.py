"""Words for amounts and terms: yuan, or units of service; years, months and days."""

from flask_babel import gettext

from vouchers.kernel.money import format_yuan, parse_yuan
from vouchers.policy.pack.clauses import CONFIDENCE_LABELS, Rule
from vouchers.policy.pack.measure import Measure
from vouchers.policy.pack.model import PolicyPack
from vouchers.policy.pack.values import UNIT_LABELS, Term
from vouchers.web.wording import made_of_rule, reads_english, said_of_rule, word


def spoken(text: str, **values: object) -> str:
    """A sentence in the reader's language, as plain text."""
    return str(gettext(text, **values))


def of_plan(pack: PolicyPack, text: str) -> str:
    """A text of the pack for this reader: in English where English is read and the pack gives it; else as it stands.

    What the catalogue of the pages knows (facts, and words that a pack shares with them) comes from there.
    """
    if not text:
        return ""
    if not reads_english():
        return text
    say = said_of_rule(text)
    if say:
        return made_of_rule(text, of_plan(pack, say))
    return pack.english.get(text) or word(text)


def clause_words(pack: PolicyPack, rule: Rule, clause: str) -> str:
    """The clause of a rule for this reader; `clause` is how it is kept."""
    source = pack.sources.get(rule.cite.source) if rule.cite else None
    if rule.cite is None or source is None or not reads_english():
        return clause
    said = f"{of_plan(pack, source.title)} {of_plan(pack, rule.cite.article)}"
    if source.wording == "seen":
        return said
    how = spoken(CONFIDENCE_LABELS[rule.confidence or source.confidence])
    return said + spoken("（%(how)s，未见原文）", how=how)


def shown_amount(amount: int, unit: str) -> str:
    """An amount as people read it.

    >>> shown_amount(200000, ""), shown_amount(2000, "card-hours")
    ('¥2,000.00', '2,000 卡时')
    """
    return format_yuan(amount) if not unit else f"{amount:,} {_label(unit)}"


def in_units(measure: Measure, fen: int | None) -> str:
    """So much as units of a voucher in kind; nothing where it is money, or not known.

    >>> in_units(Measure("card-hours", 1_000), 2_000_000), in_units(Measure(), 500)
    ('2,000 卡时', '')
    """
    return units_said(None if fen is None else measure.units(fen), measure.unit)


def units_said(units: int | None, unit: str | None) -> str:
    """How many units a voucher in kind is for; nothing where it is money."""
    return "" if units is None or unit is None else shown_amount(units, unit)


def shown_text(text: str, unit: str) -> str:
    """The same from the plain text of a stored decision."""
    return shown_amount(int(text) if unit else parse_yuan(text), unit)


def term_words(term: Term) -> str:
    """A term as people read it."""
    words = {
        "year": spoken("%(count)s 年", count=term.count),
        "month": spoken("%(count)s 个月", count=term.count),
        "working day": spoken("%(count)s 个工作日", count=term.count),
    }
    return words.get(term.unit, spoken("%(count)s 天", count=term.count))


def _label(unit: str) -> str:
    return spoken(UNIT_LABELS.get(unit, unit))
