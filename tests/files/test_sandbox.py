import time
from pathlib import Path

import pytest

from vouchers.files import sandbox
from vouchers.kernel.errors import RuleViolation


def run(name: str, content: bytes = b"") -> object:
    return sandbox.run(f"tests.files.hostile:{name}", content)


def refusal(name: str, content: bytes = b"") -> str:
    with pytest.raises(RuleViolation) as caught:
        run(name, content)
    return caught.value.findings[0].code


def test_a_parser_answers_with_its_value() -> None:
    assert run("length", b"x" * 1000) == {"length": 1000}


def test_what_a_parser_refuses_is_refused_here_with_its_sentence() -> None:
    with pytest.raises(RuleViolation, match="拒绝 3 字节，请重试。"):
        run("refuse", b"abc")


@pytest.mark.parametrize("name", ["crash", "fail", "write_much"])
def test_a_parser_that_breaks_is_a_finding(name: str) -> None:
    assert refusal(name) == "file.parser.failed"


def test_a_parser_that_wants_too_much_memory_is_a_finding() -> None:
    assert refusal("eat_memory") == "file.parser.large"


@pytest.mark.parametrize("name", ["spin", "sleep"])
def test_a_parser_that_takes_too_long_is_stopped(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 1)
    begun = time.monotonic()

    code = refusal(name)

    assert code == "file.parser.slow"
    assert time.monotonic() - begun < 5


def test_a_parser_sees_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "sesame")

    seen = run("environment")

    assert isinstance(seen, dict)
    assert "SECRET_KEY" not in seen


def test_nothing_is_left_behind() -> None:
    folder = run("where")

    assert isinstance(folder, str)
    assert not Path(folder).exists()
