"""The typeface of papers: where it lies, what state it is in, and which characters it lacks."""

import ctypes
import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
_FILES = {400: "NotoSansSC_400Regular.ttf", 700: "NotoSansSC_700Bold.ttf"}
_SYSTEM_FAMILY = "Noto Sans CJK SC"
_SUBSETTERS = ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib")


@dataclass(frozen=True, slots=True)
class FontsState:
    """What papers are set in, for `flask doctor`."""

    family: str
    files: tuple[Path, ...]
    is_static_truetype: bool
    has_subsetter: bool
    problem: str

    @property
    def is_good(self) -> bool:
        """Whether papers come out complete, small and fast."""
        return not self.problem


def fonts_state() -> FontsState:
    """Which font is in use, whether it can be cut down to the characters of a page, and what to mend."""
    faces = paper_faces()
    files = tuple(faces.values()) or system_files()
    has_subsetter = _loads_subsetter()
    return FontsState(
        family="Noto Sans SC" if faces else _SYSTEM_FAMILY if files else "",
        files=files,
        is_static_truetype=bool(faces),
        has_subsetter=has_subsetter,
        problem=_problem(has_faces=bool(faces), has_files=bool(files), has_subsetter=has_subsetter),
    )


def missing_characters(text: str) -> str:
    """The characters of a text that neither the papers' font nor its fallback can draw, each once, in their order."""
    known = _code_points()
    return "".join(dict.fromkeys(c for c in text if ord(c) not in known and not c.isspace()))


def paper_faces() -> dict[int, Path]:
    """Weight → file of the full static font; empty when it is not installed in both weights."""
    for folder in _folders():
        faces = {weight: folder / name for weight, name in _FILES.items()}
        if all(path.is_file() for path in faces.values()):
            return faces
    return {}


@cache
def system_files() -> tuple[Path, ...]:
    """The system's Noto CJK, regular and bold; empty when it is not installed."""
    query = [f"{_SYSTEM_FAMILY}:style={style}" for style in ("Regular", "Bold")]
    found = [Path(_matched(pattern)) for pattern in query]
    return tuple(path for path in found if "NotoSansCJK" in path.name and path.is_file())


def _folders() -> tuple[Path, ...]:
    given = os.environ.get("FONT_DIR")
    usual = (_ROOT / "vouchers" / "static" / "fonts", _ROOT / "instance" / "fonts")
    return (Path(given), *usual) if given else usual


def _matched(pattern: str) -> str:
    try:
        answer = subprocess.run(  # noqa: S603  a fixed command; nothing in it comes from outside
            ["fc-match", "-f", "%{file}", pattern],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip()


@cache
def _loads_subsetter() -> bool:
    for name in _SUBSETTERS:
        try:
            ctypes.CDLL(name)
        except OSError:
            continue
        return True
    return False


@cache
def _code_points() -> frozenset[int]:
    """What can be drawn: by the papers' font, or by the system's for the rare characters of names."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # noqa: PLC0415  no stubs; slow to load, seldom asked

    regular = [*tuple(paper_faces().values())[:1], *system_files()[:1]]
    points: set[int] = set()
    for path in regular:
        with TTFont(path, fontNumber=0, lazy=True) as font:
            points.update(font.getBestCmap())
    return frozenset(points)


def _problem(*, has_faces: bool, has_files: bool, has_subsetter: bool) -> str:
    if not has_files:
        return "没有中文字体：凭证会印成方框。请安装 fonts-noto-cjk，或把 Noto Sans SC 静态 TTF 放入 instance/fonts/"
    if not has_subsetter:
        return "缺少 libharfbuzz-subset：生成凭证会慢数倍。请安装 libharfbuzz-subset0"
    if not has_faces:
        return (
            "凭证用系统字体 Noto Sans CJK：可用，但文件更大、生成更慢。请把 Noto Sans SC 静态 TTF 放入 instance/fonts/"
        )
    return ""
