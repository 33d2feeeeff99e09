"""Files of signed heads: what lies in them, which are read, and whose signature counts."""

import json
import stat
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from vouchers import config
from vouchers.audit import heads
from vouchers.audit.heads import Head
from vouchers.config import Settings
from vouchers.kernel.errors import SettingsError

NOON = datetime(2026, 3, 18, 4, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return config.load({"APP_ENV": "test"}, tmp_path)


def test_a_head_says_number_hash_instant_and_key(settings: Settings) -> None:
    head = heads.sign(7, "ab" * 32, settings, at=NOON)

    assert (head.seq, head.hash, head.at, head.alg) == (7, "ab" * 32, "2026-03-18T04:00:00+00:00", "sha256")
    assert head.instant == NOON
    assert head.key == heads.public_key(settings)
    assert head.text == json.dumps(asdict(head), indent=2) + "\n"
    assert head.signed == (
        f'{{"alg":"sha256","at":"{head.at}","hash":"{head.hash}","key":"{head.key}","seq":7}}'.encode()
    )


def test_a_signature_holds_for_this_head_under_this_key_alone(settings: Settings, tmp_path: Path) -> None:
    head, key = heads.sign(7, "ab" * 32, settings, at=NOON), heads.public_key(settings)
    other = heads.public_key(config.load({"APP_ENV": "test", "SIGNING_KEY": "ab" * 32}, tmp_path))

    assert heads.is_signed(head, public_key=key)
    assert heads.is_signed(head, public_key="")  # nobody said whose it must be
    assert not heads.is_signed(head, public_key=other)
    assert not heads.is_signed(replace(head, seq=8), public_key=key)
    assert not heads.is_signed(replace(head, signature="00"), public_key=key)
    assert not heads.is_signed(replace(head, signature="no hex"), public_key=key)
    assert not heads.is_signed(replace(head, key="00"), public_key="")


def test_the_key_is_made_once_and_only_its_owner_reads_it(settings: Settings) -> None:
    assert heads.public_key(settings) == ""
    file = settings.instance / heads.KEY_FILE
    assert not file.exists()

    first, second = (heads.sign(1, "0" * 64, settings, at=NOON) for _ in range(2))

    assert first == second
    assert len(bytes.fromhex(file.read_text())) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o610, 0o620])
def test_a_key_that_anybody_else_can_touch_is_not_used(settings: Settings, mode: int) -> None:
    heads.sign(1, "0" * 64, settings, at=NOON)
    file = settings.instance / heads.KEY_FILE
    file.chmod(mode)

    with pytest.raises(SettingsError) as refused:
        heads.public_key(settings)

    assert str(refused.value) == f"{file} 可被其他用户读取：请执行 chmod 600 {file}"


def test_the_key_of_the_environment_needs_no_file(tmp_path: Path) -> None:
    given = config.load({"APP_ENV": "test", "SIGNING_KEY": "ab" * 32}, tmp_path)

    assert len(bytes.fromhex(heads.public_key(given))) == 32
    assert not (tmp_path / heads.KEY_FILE).exists()


def test_heads_are_kept_under_their_number_and_read_newest_first(settings: Settings) -> None:
    assert list(heads.kept(settings)) == []
    made = [heads.sign(seq, f"{seq:064d}", settings, at=NOON) for seq in (2, 10, 1)]
    paths = [heads.keep(head, settings) for head in made]

    folder = settings.instance / "heads"
    assert paths == [folder / f"{seq:012d}.json" for seq in (2, 10, 1)]
    assert [head.seq for head in heads.kept(settings)] == [10, 2, 1]
    assert sorted(folder.iterdir()) == sorted(paths)  # no half of a file stays
    newer = heads.sign(2, "f" * 64, settings, at=NOON)
    heads.keep(newer, settings)
    assert list(heads.kept(settings)) == [made[1], newer, made[2]]


def test_files_that_are_no_heads_are_left_out(settings: Settings) -> None:
    head = heads.sign(5, "0" * 64, settings, at=NOON)
    folder = heads.keep(head, settings).parent
    for name, content in (("a", "no json"), ("b", "[]"), ("c", '{"seq": 1}'), ("d", "7"), ("e", '{"seq": "x"}')):
        (folder / f"{name}.json").write_text(content)
    (folder / "000000000009.txt").write_text(head.text)

    assert list(heads.kept(settings)) == [head]


@pytest.mark.parametrize("name", ["seq", "hash", "at", "alg", "key", "signature"])
def test_a_head_that_lacks_something_says_what_and_where_to_get_one(settings: Settings, name: str) -> None:
    fields = asdict(heads.sign(5, "0" * 64, settings, at=NOON))
    assert heads.read(fields) == Head(**fields)
    del fields[name]

    with pytest.raises(ValueError, match=rf"^链头文件缺少 '{name}'：请用 flask audit export-head 导出$"):
        heads.read(fields)
