"""A guide as one HTML page: self-contained, printable, without scripts."""

from vouchers.documents.filling import fill
from vouchers.policy.guide.blocks import Guide, Lines, Table, Text, chinese_number


def as_html(guide: Guide) -> str:
    """The page."""
    kinds = {Text: "text", Lines: "lines", Table: "table"}
    sections = [
        {
            "title": f"{chinese_number(number)}、{one.title}",
            "id": f"s{number}",
            "blocks": [(kinds[type(block)], block) for block in one.blocks],
        }
        for number, one in enumerate(guide.sections, start=1)
    ]
    return fill("policy/print/guide.html", {"guide": guide, "sections": sections})
