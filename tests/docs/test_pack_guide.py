"""The clerk's guide to writing a pack: its pieces, put together, are a pack that passes every check it teaches."""

import re
from pathlib import Path

from vouchers.policy.loader import load_text
from vouchers.policy.mutation.trying import try_mutants

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "manual" / "writing-a-pack.md"


def pieces() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_pieces_put_together_are_a_pack_without_errors_and_quote_the_source_word_by_word() -> None:
    loaded = load_text("".join(pieces()), "guide.yaml", beside=ROOT / "seeds" / "policies")

    assert len(pieces()) > 4
    assert [(one.line, one.message) for one in (*loaded.errors, *loaded.not_yet)] == []
    assert loaded.compiled is not None


def test_the_cases_of_the_guide_notice_every_change_as_it_promises() -> None:
    loaded = load_text("".join(pieces()), "guide.yaml", beside=ROOT / "seeds" / "policies")
    assert loaded.compiled is not None

    trial = try_mutants(loaded.compiled, loaded.data)

    assert [one.missing for one in trial.survivors] == []
    assert trial.made > 15
