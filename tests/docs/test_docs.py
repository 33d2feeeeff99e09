"""What README and manuals say is so: commands, addresses, files, settings, sign-ins, and words quoted from pages."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from vouchers import config
from vouchers.cli.demo import cast
from vouchers.operation.settings import shown

ROOT = Path(__file__).parents[2]
MANUALS = sorted((ROOT / "docs" / "manual").glob("*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"]
FOLDERS = ("vouchers", "templates", "migrations", "seeds", "tests", "docs", "bin", "benchmarks", ".ci")
_PLACEHOLDER = re.compile(r"<[^>]+>|…|\*|NNNN")


@pytest.fixture(scope="module")
def words() -> str:
    """Everything that pages and refusals can say, as it stands in the source."""
    files = [
        *(ROOT / "templates").rglob("*.html"),
        *(ROOT / "vouchers").rglob("*.py"),
        *(ROOT / "seeds").rglob("*.yaml"),
    ]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    dead = [link for link in links if "://" not in link and not (page.parent / link).exists()]

    assert not dead


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_files_that_are_named_exist(page: Path) -> None:
    named = [span for span in _spans(page) if span.split("/")[0] in FOLDERS and "/" in span and " " not in span]

    missing = [span for span in named if not _PLACEHOLDER.search(span) and not (ROOT / span.split("::")[0]).exists()]

    assert not missing


def test_flask_commands_that_are_quoted_exist_with_their_options(app: Flask) -> None:
    unknown = [
        f"{page.relative_to(ROOT)}: {line}"
        for page in PAGES
        for line in _commands(page, "flask")
        if not _is_command(app.cli, line)
    ]

    assert not unknown


def test_make_targets_that_are_quoted_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    quoted = {line.split()[0] for page in PAGES for line in _commands(page, "make")}

    assert quoted <= targets


def test_addresses_that_are_quoted_are_pages(app: Flask) -> None:
    addresses = app.url_map.bind("127.0.0.1")

    def is_page(path: str) -> bool:
        try:
            addresses.match(_PLACEHOLDER.sub("x", path), method="GET")
        except RequestRedirect:
            return False
        except HTTPException:
            return False
        return True

    quoted = {span for page in PAGES for span in _spans(page) if re.fullmatch(r"/[a-z][a-z/<>_…-]*|/", span)}
    assert quoted
    assert not {path for path in quoted if not is_page(path)}


def test_the_table_of_settings_is_that_of_the_product(tmp_path: Path) -> None:
    found = config.load({}, tmp_path)
    expected = {name: shown(found, name).replace(f"{tmp_path}", "instance") for name in found.sources}
    expected["ALLOW_HTTP"] = str(int(found.allow_http))  # written as it is set

    rows = re.findall(r"^\| `([A-Z_]+)` \| (.*?) \|", _section("operator.md", "## 设置"), re.MULTILINE)

    assert {name: default.strip("` ") for name, default in rows} == expected


def test_sign_ins_that_are_quoted_are_of_the_demonstration() -> None:
    known = set(re.findall(r"sign_in: ([a-z0-9]+)", cast.CAST.read_text(encoding="utf-8")))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    quoted = set(re.findall(r"`([a-z]+\d*)`（[^）]*）", readme)) | set(re.findall(r"as `([a-z]+\d*)`", readme))

    assert quoted
    assert quoted <= known
    assert cast.password() in readme


@pytest.mark.parametrize("page", MANUALS, ids=lambda page: page.name)
def test_words_in_corner_brackets_stand_on_pages(page: Path, words: str) -> None:
    quoted = set(re.findall(r"「([^」]+)」", page.read_text(encoding="utf-8")))

    assert not {word for word in quoted if not all(piece in words for piece in word.split("…"))}


@pytest.mark.parametrize("page", MANUALS, ids=lambda page: page.name)
def test_refusals_are_quoted_as_the_product_says_them(page: Path, words: str) -> None:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", _refusals(page), re.MULTILINE)
    sentences = [row for row in rows if row not in {"提示", "---"}]

    wrong = [one for one in sentences if not all(piece.strip() in words for piece in one.split("…") if piece.strip())]

    assert not wrong


def _spans(page: Path) -> list[str]:
    """Every piece of code of a page: spans, and lines of blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    plain = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [*re.findall(r"`([^`\n]+)`", plain), *lines]


def _commands(page: Path, program: str) -> Iterator[str]:
    """What stands behind the program's name, up to a comment."""
    for span in _spans(page):
        found = re.match(rf"(?:\S+=\S+ )*(?:\S*/)?{program}((?: --app app)?(?: .*)?)$", span.split(" #")[0].strip())
        rest = found[1].replace("--app app", "").strip() if found else ""
        if rest:
            yield rest


def _is_command(group: click.Command, line: str) -> bool:
    """Whether a command line leads to commands and names options they have."""
    context, commands, tokens = click.Context(group), [group], line.split()
    while tokens and isinstance(commands[0], click.Group):
        names = tokens.pop(0).split("|")
        parent = commands[0]
        found = [parent.get_command(context, name) for name in names]
        if any(command is None for command in found):
            return False
        commands = [command for command in found if command is not None]
    known = {option for command in commands for parameter in command.params for option in parameter.opts} | {"--help"}
    return {token.strip("[]").split("=")[0] for token in tokens if token.strip("[").startswith("--")} <= known


def _section(name: str, heading: str) -> str:
    text = (ROOT / "docs" / "manual" / name).read_text(encoding="utf-8")
    return text.split(f"\n{heading}\n")[1].split("\n## ")[0]


def _refusals(page: Path) -> str:
    """The tables under headings that speak of refusals."""
    parts = re.split(r"^##+ ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return "\n".join(part for part in parts if part.startswith("被拒绝时"))
