"""A full disk, a rival that holds the lock, a damaged file: said in a sentence, and nothing is half done."""

import os
import runpy
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import create_engine

from tests.crash.child import alone
from tests.crash.conftest import Seller, settle
from tests.crash.house import House, house, same_time
from tests.crash.state import assert_sound, picture
from tests.crash.test_disk import revision
from tests.databases import SETTINGS, let_go
from tests.races.harness import ROOT
from vouchers.db.base import db
from vouchers.db.fitness import unwritable
from vouchers.factory import create_app

IS_FULL = os.environ.get("SIEGE") == "full"
NOBODY = 65534
ROOM = 24 * 2**20


def tiny_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own with little room, where this user may mount one."""
    folder.mkdir(exist_ok=True)
    mounted = subprocess.run(  # noqa: S603
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={ROOM},mode=0700", "tmpfs", str(folder)], check=False
    )
    if mounted.returncode != 0:
        pytest.fail("a file system of its own needs root; run this in a container")
    try:
        yield folder
    finally:
        subprocess.run(["/bin/umount", "-l", str(folder)], check=True)  # noqa: S603


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (2**20, 4096, 512, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    return ballast


@pytest.fixture
def small(tmp_path: Path) -> Iterator[House]:
    """An installation on a disk of its own."""
    for disk in tiny_disk(tmp_path / "disk"):
        with house("sqlite", disk, TMPDIR=str(disk)) as found, same_time(disk), found.app.app_context():
            yield found
            db.session.remove()


HEAD = (ROOT / "migrations/HEAD").read_text().strip()


def test_a_full_disk_is_said_and_reads_go_on_until_there_is_room(small: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Database, originals, log and passing files lie on it: a long upload passes through the server, then the form."""
    monkeypatch.setattr(tempfile, "tempdir", str(small.folder))  # which the forked server inherits
    seller = settle(small)
    small.start(is_forked=True)
    long, before = revision(seller, filling=b"%" * 2**20), picture()
    shot, other = seller.shot(), seller.shot()
    ballast = fill(small.folder)

    uploaded = seller.press(long)
    refused = [seller.press(shot).status for _ in range(3)]
    looked = seller.look()

    assert (uploaded.status, "存储空间已满" in uploaded.text) == (507, True), uploaded.text[-300:]
    assert set(refused) <= {507, 503}
    assert "存储空间已满" in seller.press(other).text
    assert looked == 200
    assert picture() == before
    ballast.unlink()
    assert seller.press(long).status == 303
    assert not list((small.folder / "files").rglob(".part-*"))
    assert seller.press(other).status == 303
    assert_sound()
    assert small.stop() == 0


def test_another_program_that_holds_the_lock_is_not_waited_for_long(seller: Seller) -> None:
    shot = seller.shot()
    with closing(sqlite3.connect(seller.house.folder / "vouchers.db", isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        looked = seller.look()
        read = time.monotonic() - begun
        refused = seller.press(shot)
        waited = time.monotonic() - begun - read
        rival.execute("ROLLBACK")

    assert looked == 200
    assert read < (1 if IS_FULL else 5)  # other tests have the processor too
    assert refused.status == 503
    assert "系统正忙" in refused.text
    assert int(refused.retry_after) > 0
    assert waited < (10 if IS_FULL else 30)
    assert seller.press(shot).status == 303


def start_refused(place: House) -> str:
    """What `flask serve` says that does not start; in a fork, which need not import everything anew."""
    db.session.remove()
    let_go(place.app)

    def start() -> list[object]:
        os.environ.update(place.environ)
        answer = create_app().test_cli_runner().invoke(args=["serve", "--port", str(place.address[1])])
        return [answer.exit_code, answer.output]

    code, said = alone(place.app, start).said
    assert code == 1, said
    assert "Traceback" not in said
    return str(said)


def doctor_finds(place: House) -> str:
    """What `flask doctor` says of the same; it ends with 1 and without a trace."""
    db.session.remove()
    let_go(place.app)

    def look() -> list[object]:
        os.environ.update(place.environ)
        made = create_app()
        with made.app_context():  # not that of the test, which knows another folder
            answer = made.test_cli_runner().invoke(args=["doctor"])
        return [answer.exit_code, answer.output]

    code, said = alone(place.app, look).said
    assert code == 1, said
    assert "Traceback" not in said
    return str(said)


def test_a_damaged_page_stops_the_start(place: House) -> None:
    let_go(place.app)
    with (place.folder / "vouchers.db").open("r+b") as file:
        for page in range(8, 60):
            file.seek(page * 4096)
            file.write(b"\xa5" * 512)

    assert "从最近的备份恢复" in start_refused(place)
    found = doctor_finds(place)
    assert "✗ 数据库文件" in found
    assert "从最近的备份恢复" in found


def test_a_file_that_is_no_database_stops_the_start(place: House) -> None:
    """The command itself, as an operator types it."""
    let_go(place.app)
    (place.folder / "vouchers.db").write_bytes(b"\x00not a database" * 1000)
    command = [sys.executable, "-m", "flask", "--app", "app", "serve", "--port", str(place.address[1])]

    done = subprocess.run(command, cwd=ROOT, env=place.environ, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 1, done.stdout
    assert "从最近的备份恢复" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("is_deleted", [True, False], ids=["deleted", "cut"])
def test_a_journal_that_was_lost_stops_the_start(seller: Seller, tmp_path: Path, *, is_deleted: bool) -> None:
    """Nothing in the file itself tells: it is whole, only older."""
    place = seller.house
    for _ in range(3):
        assert seller.press(seller.shot()).status == 303
    place.kill()
    db.session.remove()
    journal = place.folder / "vouchers.db-wal"
    copy = tmp_path / "copy"
    for name in ("vouchers.db", "vouchers.db.seq"):
        copy.mkdir(exist_ok=True)
        shutil.copyfile(place.folder / name, copy / name)
    if not is_deleted:
        cut = journal.read_bytes()
        (copy / "vouchers.db-wal").write_bytes(cut[: 32 + 4120])
    place.environ |= {"INSTANCE_PATH": str(copy), "DATABASE_URL": f"sqlite:///{copy / 'vouchers.db'}"}

    said = start_refused(place)

    assert "-wal" in said
    assert "从备份恢复" in said
    found = doctor_finds(place)
    assert "-wal" in found
    assert "从备份恢复" in found


def test_a_newer_or_half_schema_stops_the_start(place: House) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999_future'")
    newer = start_refused(place)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0018_messages'")
    older = start_refused(place)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE message_reads")
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{HEAD}'")  # noqa: S608  a name of ours
    half = start_refused(place)

    assert "比本程序" in newer
    assert "flask prepare" in older
    assert "缺少 message_reads" in half


def test_a_folder_that_everybody_may_write_stops_the_start(place: House) -> None:
    place.folder.chmod(0o777)

    assert "chmod o-w" in start_refused(place)


def test_a_read_only_folder_stops_the_start(small: House) -> None:
    let_go(small.app)
    db.session.remove()
    subprocess.run(["/bin/mount", "-o", "remount,ro", str(small.folder)], check=True)  # noqa: S603

    said = start_refused(small)

    assert f"数据目录 {small.folder} 不能写入" in said


@pytest.mark.parametrize("whose", ["the folder", "the file"])
def test_data_of_another_owner_are_named_with_the_mend(app: Flask, whose: str) -> None:
    """Started as somebody else than who made the data: a service account on what root had set up."""
    with TemporaryDirectory(dir="/tmp") as name:
        folder, engine = Path(name), create_engine(f"sqlite:///{name}/vouchers.db")
        (folder / "vouchers.db").touch(mode=0o600)
        if whose == "the file":
            os.chown(folder, NOBODY, NOBODY)

        def look() -> str:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            return unwritable(folder, engine)

        said = str(alone(app, look).said)

    assert "属于 root" in said
    assert "chown" in said
    assert str(folder if whose == "the folder" else folder / "vouchers.db") in said


def test_secrets_are_the_owners_alone_whatever_the_umask(place: House, tmp_path: Path) -> None:
    folder = tmp_path / "instance"

    def first_start() -> None:
        os.umask(0)
        os.environ.update({"APP_ENV": "development", "INSTANCE_PATH": str(folder)})
        for name in ("DATABASE_URL", *SETTINGS.keys() - {"APP_ENV"}):
            os.environ.pop(name, None)
        made = runpy.run_path(str(ROOT / "app.py"))["app"]
        with made.app_context():
            upgrade(directory=str(ROOT / "migrations"), revision="+1")

    alone(place.app, first_start)

    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (folder, *folder.iterdir()) if path.is_file()}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert {"secret_key", "data_key", "vouchers.db"} <= modes.keys()
    assert set(modes.values()) == {"0o600"}
