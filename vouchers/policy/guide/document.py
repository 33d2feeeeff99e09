"""A guide as a DOCX document, for offices that go on editing it."""

from collections.abc import Iterable
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.oxml.parser import OxmlElement
from docx.shared import Cm, Pt, RGBColor

from vouchers.policy.guide.blocks import Guide, Line, Lines, Table, Text, chinese_number

_FONT = "Noto Sans CJK SC"
_INK, _PALE = RGBColor(0x17, 0x21, 0x2F), RGBColor(0x5B, 0x68, 0x7B)
_BLUE, _DEEP = RGBColor(0x14, 0x43, 0x7A), RGBColor(0x0A, 0x23, 0x42)
_WARN = RGBColor(0x87, 0x48, 0x00)
_WASH, _RULE = "F1F5FB", "B9C3D0"
_MADE = datetime(2000, 1, 1, tzinfo=UTC)  # the same pack gives the same file


def as_docx(guide: Guide) -> bytes:
    """The document's bytes."""
    document = Document()
    _prepare(document, guide)
    _paragraph(document, guide.title, size=20, bold=True, colour=_DEEP, style="Title")
    if guide.warning:
        _paragraph(document, guide.warning, size=9.5, colour=_WARN)
    _table(document, Table((), guide.facts))
    for number, section in enumerate(guide.sections, start=1):
        _heading(document, f"{chinese_number(number)}、{section.title}")
        for block in section.blocks:
            _block(document, block)
    for text in guide.foot:
        _paragraph(document, text, size=8.5, colour=_PALE)
    written = BytesIO()
    document.save(written)
    return written.getvalue()


def _prepare(document: Any, guide: Guide) -> None:
    core = document.core_properties
    core.title, core.author, core.language = guide.title, "", "zh-CN"
    core.created = core.modified = _MADE
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21), Cm(29.7)
    page.left_margin = page.right_margin = Cm(2.4)
    page.top_margin = page.bottom_margin = Cm(2.2)
    for name in ("Normal", "Title", "Heading 1", "Caption"):
        style = document.styles[name]
        style.font.name = _FONT
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for kind in ("w:eastAsia", "w:ascii", "w:hAnsi", "w:cs"):
            fonts.set(qn(kind), _FONT)
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    document.styles["Normal"].font.size = Pt(10.5)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    document.styles["Normal"].paragraph_format.line_spacing = 1.35
    _number_pages(page)


def _number_pages(page: Any) -> None:
    """The number of the page at the foot, as a field that the reader's program fills in."""
    foot = page.footer.paragraphs[0]
    foot.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    foot._p.append(field)  # noqa: SLF001  python-docx has no fields of its own


def _block(document: Any, block: Text | Lines | Table) -> None:
    if isinstance(block, Text):
        _paragraph(document, block.text, colour=_PALE if block.is_quiet else _INK)
    elif isinstance(block, Lines):
        for number, line in enumerate(block.lines, start=1):
            _line(document, number, line)
    else:
        _table(document, block)


def _heading(document: Any, text: str) -> None:
    heading = document.add_heading(level=1)
    heading.paragraph_format.space_before, heading.paragraph_format.space_after = Pt(16), Pt(6)
    _run(heading, text, size=13, bold=True, colour=_BLUE)
    _rule_below(heading)


def _rule_below(paragraph: Any) -> None:
    borders, line = OxmlElement("w:pBdr"), OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "8"), ("space", "3"), ("color", "14437A")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001  python-docx has no borders of its own


def _line(document: Any, number: int, line: Line) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.left_indent, paragraph.paragraph_format.first_line_indent = Cm(0.8), Cm(-0.8)
    paragraph.paragraph_format.tab_stops.add_tab_stop(Cm(0.8))
    _run(paragraph, f"{number}.\t", colour=_BLUE)
    _run(paragraph, line.text)
    if line.mark:
        _run(paragraph, f"　［{line.mark}］", size=8.5, colour=_WARN if line.is_local else _PALE)
    for label, text in (("依据　", line.clause), ("说明　", line.note)):
        if text:
            below = document.add_paragraph()
            below.paragraph_format.left_indent = Cm(0.8)
            _run(below, label, size=9, colour=_BLUE)
            _run(below, text, size=9, colour=_PALE)


def _table(document: Any, block: Table) -> None:
    if block.caption:
        _paragraph(document, block.caption, bold=True, colour=_DEEP, keeps=True)
    columns = len(block.heads or block.rows[0])
    table = document.add_table(rows=0, cols=columns)
    table.alignment = WD_TABLE_ALIGNMENT.CENTER
    _outline(table)
    if block.heads:
        _row(table, block.heads, bold=True, colour=_DEEP, wash=_WASH)
        _repeat(table.rows[0])
    for at, row in enumerate(block.rows):
        strong = at in block.strong
        _row(table, row, bold=strong, colour=_INK, wash=_WASH if strong else "", figures=block.has_figures)
    document.add_paragraph().paragraph_format.space_after = Pt(2)


def _row(table: Any, cells: Iterable[str], *, bold: bool, colour: RGBColor, wash: str, figures: bool = False) -> None:
    row = table.add_row()
    for at, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        if figures and at:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        _run(paragraph, text, size=9, bold=bold, colour=colour)
        if wash:
            shade = OxmlElement("w:shd")
            for name, value in (("val", "clear"), ("color", "auto"), ("fill", wash)):
                shade.set(qn(f"w:{name}"), value)
            cell._tc.get_or_add_tcPr().append(shade)  # noqa: SLF001  python-docx has no shading of its own


def _repeat(row: Any) -> None:
    """Show the head again where the table goes on overleaf."""
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001  python-docx has no repeated heads


def _outline(table: Any) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", _RULE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)  # noqa: SLF001  python-docx has no single borders


def _paragraph(document: Any, text: str, *, style: str = "Normal", keeps: bool = False, **look: Any) -> None:
    paragraph = document.add_paragraph(style=style)
    paragraph.paragraph_format.keep_with_next = keeps
    _run(paragraph, text, **look)


def _run(paragraph: Any, text: str, *, size: float = 10.5, bold: bool = False, colour: RGBColor = _INK) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.bold, run.font.color.rgb = Pt(size), bold, colour
