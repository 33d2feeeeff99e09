"""Pictures of a simulation: bars drawn by pygal as files of their own; the page has a table beneath each."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from vouchers.policy.rules.results import RESULT_LABELS, Result

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_WIDTH, _BAR, _FRAME, _MOST_BARS = 720, 34, 30, 15
_INK, _PAPER, _GRID = "#445166", "#ffffff", "#dbe1e9"
_COLOURS = ("#14437a", "#a3c0e2")
_SHORT = 14
_WIDER = 6
"""How much wider a Chinese character is than pygal counts, in points."""

Figures = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, and its figure as a number and as it is written."""

    name: str
    number: float
    written: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plot:
    """One picture and the table beneath: a title, what the bars measure, the bars, and what else the table says."""

    key: str
    title: str
    measure: str
    bars: tuple[Bar, ...]
    aside: str = ""


def results(found: Figures | None) -> list[tuple[str, int]]:
    """How many rows come to each result, in words."""
    return [] if found is None else [(_(RESULT_LABELS[one]), found["results"][one.value]) for one in Result]


def plots(found: Figures | None) -> list[Plot]:
    """Every picture that a simulation has something to show in."""
    if found is None:
        return []
    drop = [Bar(one["say"], one["first"], f"{one['first']:,}", _noted(one)) for one in found["rules"]]
    unit = _("元") if found["unit"] == "yuan" else str(found["unit"])
    named = (("tier", _("各层级的金额")), ("district", _("各地区的金额")), ("size_class", _("各规模的金额")))
    shares = [Plot(key, title, unit, _bars(found[f"by_{key}"]), _("户数")) for key, title in named]
    bound = Plot("binding_cap", _("被哪一条上限封顶"), _("户"), _counts(found["by_binding_cap"]))
    dropped = Plot("dropped", _("在哪一条落选"), _("户"), tuple(drop), _("只看这一条不符合的／不能判断的"))
    compared = Plot("compared", _("与另一版相比"), _("户"), _changes(found["against"]))
    return [one for one in (dropped, *shares, bound, compared) if any(bar.number for bar in one.bars)]


def drawn(found: Figures | None, key: str) -> bytes | None:
    """The picture under a key, as SVG; None where there is none."""
    plot = next((one for one in plots(found) if one.key == key), None)
    return None if plot is None else _svg(plot)


def written(amount: str) -> str:
    """A decimal amount with its thousands apart."""
    return f"{Decimal(amount):,}"


def _svg(plot: Plot) -> bytes:
    import pygal  # type: ignore[import-untyped]  # noqa: PLC0415  a fifth of a second, for those who look
    from pygal.style import Style  # type: ignore[import-untyped]  # noqa: PLC0415

    # it leaves a finder for its maps among the importers, which Python from 3.4 on warns of at each import
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]
    bars = plot.bars[:_MOST_BARS]
    style = Style(
        background=_PAPER, plot_background=_PAPER, foreground=_INK, foreground_strong=_INK, foreground_subtle=_GRID,
        colors=_COLOURS, font_family="sans-serif", label_font_size=13, major_label_font_size=13, value_font_size=13,
    )  # fmt: skip
    labels = [f"{_cut(bar.name or _('（没有）'))}　{bar.written}" for bar in reversed(bars)]
    chart = pygal.HorizontalBar(
        style=style, width=_WIDTH, height=_FRAME + _BAR * len(bars), show_legend=False, js=(), explicit_size=False,
        show_x_labels=False, show_x_guides=False, margin=10, margin_left=max(map(len, labels)) * _WIDER,
    )  # fmt: skip
    chart.x_labels = labels
    chart.add(plot.title, [bar.number for bar in reversed(bars)])
    chart.add_xml_filter(_without_script)
    return bytes(chart.render())


def _without_script(root: Any) -> Any:
    """The drawing alone: what would run in it serves hovering, and the table says all of it."""
    for parent in list(root.iter()):
        for child in list(parent):
            if str(child.tag).endswith("script"):
                parent.remove(child)
    return root


def _cut(name: str) -> str:
    return name if len(name) <= _SHORT else f"{name[:_SHORT]}…"


def _noted(one: Mapping[str, Any]) -> str:
    return f"{one['each']:,}／{one['undecided']:,}"


def _bars(shares: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    return tuple(
        Bar(one["label"], float(Decimal(one["amount"])), written(one["amount"]), f"{one['cases']:,}")
        for one in shares
        if one["key"]
    )


def _counts(shares: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
    return tuple(Bar(one["label"], one["cases"], f"{one['cases']:,}") for one in shares if one["key"])


def _changes(found: Mapping[str, Any] | None) -> tuple[Bar, ...]:
    words = {
        "gain": _("新增可申领"),
        "lose": _("不再可申领"),
        "more": _("金额提高"),
        "less": _("金额降低"),
        "same": _("不变"),
    }
    return () if found is None else tuple(Bar(word, found[key], f"{found[key]:,}") for key, word in words.items())
