"""PostgreSQL goes and comes back, or makes one wait: told to come again, and the same press settles it."""

import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.crash.cluster import Cluster
from tests.crash.conftest import Prepared, Seller, prepared
from tests.crash.house import send
from tests.crash.line import Line
from tests.crash.load import Load
from tests.crash.results import is_over, keep, spent, spread
from tests.crash.state import assert_sound, picture
from tests.databases import SETTINGS, let_go
from tests.ports import free_port
from tests.races.harness import Reply
from vouchers import config
from vouchers.factory import create_app
from vouchers.kernel import faults

IS_FULL = os.environ.get("SIEGE") == "full"
KILLS = int(os.environ.get("POSTMASTER_KILLS", "200" if IS_FULL else "1"))
ROUNDS = 10 if IS_FULL else 1
HELD_SECONDS = 5 if IS_FULL else 1.5
BACK_SECONDS = 5.0
ENOUGH = 8  # drafts for one more round
WAYS = ("fast", "immediate", "terminated", "held")


@pytest.fixture
def waiting(prepared_postgresql: Prepared) -> Iterator[Seller]:
    with prepared_postgresql.entered() as found:
        yield found


@pytest.fixture
def seller(waiting: Seller) -> Seller:
    waiting.house.start(is_forked=True)
    return waiting


def test_however_postgresql_goes_the_application_is_back_by_itself_and_loses_nothing(
    own_server: Cluster, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    ways = [*WAYS * ROUNDS, *["killed"] * KILLS]
    shown = {
        "asked for": len(ways),
        "killed": 0,
        **dict.fromkeys(WAYS, 0),
        "acknowledged": 0,
        "told to come again": 0,
        "lost or doubled": 0,
    }
    back: list[float] = []
    begun = time.monotonic()
    with stand(own_server, tmp_path, request) as made, closing(Line(free_port(), own_server.port)) as line:
        while ways and not is_over(begun):
            with over(line, made, own_server) as seller:
                load = Load(seller.house, seller.browser, seller.claims)
                seller.house.start(is_forked=True)
                while ways and len(load.waiting) > ENOUGH and not is_over(begun):
                    way = ways.pop()
                    back.append(break_under(load, way, own_server, line))
                    shown[way] += 1
                assert seller.house.server
                assert seller.house.server.poll() is None  # the one that was started in the beginning
                load.retry_open()
                let_go(seller.house.app)
                load.assert_all_kept()
                shown["acknowledged"] += len(load.acknowledged)
                shown["told to come again"] += load.put_off
            keep(
                "postgresql",
                "postmaster killed, stopped, cut off under load",
                {**shown, **spread("seconds from its return to the next answer", back), **spent(begun)},
            )
    assert not ways, "the time was up before"
    assert max(back) < BACK_SECONDS or not IS_FULL  # other tests have the processor too


@contextmanager
def stand(server: Cluster, folder: Path, request: pytest.FixtureRequest) -> Iterator[Prepared]:
    """The house of all tests, or one with many drafts for a siege."""
    if not IS_FULL:
        yield request.getfixturevalue("prepared_postgresql")
        return
    with prepared("postgresql", folder, server.address, many=400) as made:
        yield made


@contextmanager
def over(line: Line, made: Prepared, server: Cluster) -> Iterator[Seller]:
    """A seller whose server reaches the database over this line."""
    with made.entered() as seller:
        with server.asked() as connection:
            connection.execute("CHECKPOINT")  # a sequence in a copied database is not logged before the next one
        url = make_url(seller.house.app.config["SETTINGS"].database_url).set(port=line.port)
        settings = {**SETTINGS, "DATABASE_URL": url.render_as_string(hide_password=False)}
        seller.house.serving = create_app(config.load(settings, seller.house.folder))
        yield seller


def break_under(load: Load, way: str, server: Cluster, line: Line) -> float:
    """Let the clients press, take the server from under them and give it back; seconds from then to an answer."""
    load.begin()
    load.wait_for(random.randint(1, 4))  # noqa: S311
    time.sleep(random.random() * 0.05)  # noqa: S311
    if way == "terminated":
        server.terminate_backends(str(make_url(load.house.app.config["SETTINGS"].database_url).database))
    elif way == "held":
        line.hold()
        time.sleep(HELD_SECONDS)
        line.carry()
    else:
        server.stop(way)
        server.start()
    took = load.wait_for(1)
    load.end()
    return took


@pytest.fixture
def slow(waiting: Seller) -> Seller:
    """Each submission waits for a moment before its COMMIT."""
    faults.arm(faults.read("commit.before@redemption_provider.submit_claim:sleep=700"))
    waiting.house.start(is_forked=True)
    faults.arm(None)
    return waiting


def pressed_meanwhile(seller: Seller, shot: bytes) -> tuple[threading.Thread, list[Reply | None]]:
    replies: list[Reply | None] = []
    thread = threading.Thread(target=lambda: replies.append(send(seller.house.address, shot)))
    thread.start()
    return thread, replies


def test_a_commit_that_never_arrived_is_left_open_and_the_same_press_does_it(slow: Seller, own_server: Cluster) -> None:
    shot, before = slow.shot(), picture()
    thread, replies = pressed_meanwhile(slow, shot)
    until_waiting(
        own_server, database_of(slow), "state = 'idle in transaction' AND clock_timestamp() - state_change > '0.2 s'"
    )
    own_server.terminate_backends(database_of(slow))
    thread.join()

    assert_left_open(replies)
    let_go(slow.house.app)
    assert picture() == before
    assert until_done(slow, shot) == until_done(slow, shot)
    assert_sound()


def test_a_commit_whose_answer_was_lost_is_left_open_and_the_same_press_finds_it_done(
    seller: Seller, own_server: Cluster
) -> None:
    """Durable on this server, and gone while it waits for another that is to hold a copy as well."""
    shot, before = seller.shot(), picture()
    with asked_for_copies(own_server):
        thread, replies = pressed_meanwhile(seller, shot)
        until_waiting(own_server, database_of(seller), "wait_event = 'SyncRep'")
        own_server.terminate_backends(database_of(seller))
        thread.join()

    assert_left_open(replies)
    let_go(seller.house.app)
    after = picture()
    assert after != before
    assert until_done(seller, shot) == until_done(seller, shot)
    assert picture() == after
    assert_sound()


@contextmanager
def asked_for_copies(server: Cluster) -> Iterator[None]:
    """Every commit waits for a second server, which there is not."""
    with server.asked() as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        connection.execute("SELECT pg_reload_conf()")
        try:
            yield
        finally:
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            connection.execute("SELECT pg_reload_conf()")


def until_waiting(server: Cluster, name: str, what: str) -> None:
    """Until a connection to this database is seen in this position."""
    until = time.monotonic() + 30
    with server.asked() as connection:
        statement = f"SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND {what}"  # noqa: S608  our own words
        while not connection.execute(statement, (name,)).fetchone()[0]:  # type: ignore[index]
            assert time.monotonic() < until
            time.sleep(0.01)


def assert_left_open(replies: list[Reply | None]) -> None:
    (reply,) = replies
    assert reply is not None
    assert reply.status == 503, reply.text
    assert "还不能确定这次操作是否已经生效" in reply.text


def until_done(seller: Seller, shot: bytes) -> tuple[int, str]:
    """Press until it is done; what is answered then, and never a fault on the way."""
    until = time.monotonic() + 30
    while (reply := seller.press(shot)).status == 503:
        assert time.monotonic() < until
        time.sleep(0.1)
    assert reply.status == 303, reply.text
    return reply.status, reply.location


def database_of(seller: Seller) -> str:
    return str(make_url(seller.house.app.config["SETTINGS"].database_url).database)


def test_a_lock_held_by_another_is_told_within_ten_seconds(seller: Seller) -> None:
    shot = seller.shot()
    url = seller.house.app.config["SETTINGS"].database_url.replace("+psycopg", "")
    with psycopg.connect(url) as rival:
        rival.execute("LOCK TABLE claims IN ACCESS EXCLUSIVE MODE")
        begun = time.monotonic()
        refused = seller.press(shot)
        waited = time.monotonic() - begun
        rival.rollback()

    assert refused.status == 503
    assert "系统正忙" in refused.text
    assert waited < (10 if IS_FULL else 30)
    assert seller.press(shot).status == 303


def test_a_line_that_carries_nothing_is_told_within_ten_seconds(
    prepared_postgresql: Prepared, own_server: Cluster
) -> None:
    with closing(Line(free_port(), own_server.port)) as line, over(line, prepared_postgresql, own_server) as seller:
        shot = seller.shot()
        seller.house.start(is_forked=True)
        line.hold()
        begun = time.monotonic()
        refused = seller.press(shot)
        waited = time.monotonic() - begun
        line.carry()

        assert refused.status == 503
        assert waited < (10 if IS_FULL else 30)
        assert until_done(seller, shot)[0] == 303
