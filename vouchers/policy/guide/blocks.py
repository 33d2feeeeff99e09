"""What a guide is made of, whatever it is printed as."""

from dataclasses import dataclass, field

SILENT = "方案未作规定。"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; a quiet one is an explanation."""

    text: str
    is_quiet: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One statement with the clause it rests on; `mark` says who decided it."""

    text: str
    mark: str = ""
    clause: str = ""
    note: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the authority set it itself."""
        return self.mark == "本地设定"


@dataclass(frozen=True, slots=True)
class Lines:
    """Statements in order."""

    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; the last column may be figures, the last row a sum."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    has_figures: bool = False
    strong: frozenset[int] = field(default=frozenset())


Block = Text | Lines | Table


@dataclass(frozen=True, slots=True)
class Section:
    """A numbered section; where the pack says nothing, it says so."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Guide:
    """A whole guide."""

    name: str
    title: str
    warning: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    foot: tuple[str, ...]


def section(title: str, *blocks: Block | None) -> Section:
    """A section of what there is to say; of the one sentence that the plan does not say where there is nothing."""
    said = tuple(block for block in blocks if block is not None and _says_something(block))
    return Section(title, said or (Text(SILENT, is_quiet=True),))


def texts(guide: Guide) -> list[str]:
    """Every text of a guide in the order of reading."""
    found = [guide.title, guide.warning, *(text for pair in guide.facts for text in pair)]
    for number, one in enumerate(guide.sections, start=1):
        found.append(f"{chinese_number(number)}、{one.title}")
        for block in one.blocks:
            found += _texts_of(block)
    return [text for text in (*found, *guide.foot) if text]


def chinese_number(number: int) -> str:
    """A number below a hundred as headings count.

    >>> chinese_number(3), chinese_number(12), chinese_number(20)
    ('三', '十二', '二十')
    """
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else digits[tens]) + ("十" if tens else "") + (digits[ones] if ones else "")  # noqa: PLR2004


def _says_something(block: Block) -> bool:
    if isinstance(block, Text):
        return bool(block.text)
    return bool(block.lines if isinstance(block, Lines) else block.rows)


def _texts_of(block: Block) -> list[str]:
    if isinstance(block, Text):
        return [block.text]
    if isinstance(block, Lines):
        return [text for line in block.lines for text in (line.text, line.mark, line.clause, line.note)]
    return [block.caption, *block.heads, *(cell for row in block.rows for cell in row)]
