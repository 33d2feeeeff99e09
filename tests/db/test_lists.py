import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Select, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from vouchers.db import filters, lists
from vouchers.db.columns import EnumText, Fen, Instant
from vouchers.db.filters import MalformedList
from vouchers.db.lists import ListSpec, Page, Source, export_of, page_of


class Own(DeclarativeBase):
    pass


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Thing(Own):
    __tablename__ = "things"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    fen: Mapped[int] = mapped_column(Fen)
    colour: Mapped[Colour] = mapped_column(EnumText(Colour))
    due: Mapped[date]
    at: Mapped[datetime] = mapped_column(Instant)


class Holder(Own):
    __tablename__ = "holders"
    id: Mapped[int] = mapped_column(primary_key=True)
    thing_id: Mapped[int]
    name: Mapped[str]


@dataclass(frozen=True)
class ThingRow:
    id: int
    name: str
    fen: int


SPEC = ListSpec(
    key=Thing.id,
    sorts={
        "name": Thing.name,
        "fen": Thing.fen,
        "colour": Thing.colour,
        "due": Thing.due,
        "at": Thing.at,
        "id": Thing.id,
    },
    default="-at",
    filters={
        "q": filters.contains(Thing.name),
        "colour": filters.one_of(Thing.colour, Colour),
        "from": filters.from_day(Thing.due),
        "to": filters.to_day(Thing.due),
        "since": filters.since(Thing.at),
        "until": filters.until(Thing.at),
        "least": filters.at_least_fen(Thing.fen),
        "most": filters.at_most_fen(Thing.fen),
        "exact": filters.equals(Thing.name),
    },
    size=3,
)
JOINED = replace(SPEC, filters={"q": filters.contains(Thing.name, Holder.name)})
SOUGHT = replace(
    JOINED,
    sources={
        "q": (
            Source(Thing.id, (Thing.name,)),
            Source(
                Holder.id,
                (Holder.name,),
                leads=select(Thing.id).join(Holder, Holder.thing_id == Thing.id),
                through=Holder.id,
            ),
        )
    },
)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Own.metadata.create_all(engine)
    with Session(engine) as opened:
        yield opened
    engine.dispose()


def thing(n: int, **changes: object) -> Thing:
    values = {
        "name": f"单位 {n}",
        "fen": n * 100,
        "colour": Colour.RED,
        "due": date(2026, 11, 1) + timedelta(days=n),
        "at": NOON + timedelta(days=n),
    }
    return Thing(id=n, **{**values, **changes})


def statement() -> Select[int, str, int]:
    return select(Thing.id, Thing.name, Thing.fen)


def ask(session: Session, **arguments: str) -> Page[ThingRow]:
    return page_of(session, statement(), spec=SPEC, arguments=arguments, shape=ThingRow)


def walk(session: Session, way: str, **arguments: str) -> list[Page[ThingRow]]:
    pages = [ask(session, **arguments)]
    while cursor := getattr(pages[-1], f"{way}_cursor"):
        pages.append(ask(session, **{**arguments, "cursor": cursor}))
    return pages


rows_of_things = st.lists(
    st.tuples(
        st.sampled_from(["甲", "乙", "a", "A", "b%", "c_", ""]),
        st.integers(-3, 3),
        st.sampled_from(Colour),
        st.integers(0, 3),
    ),
    max_size=14,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=rows_of_things, sort=st.sampled_from([f"{d}{k}" for k in SPEC.sorts for d in ("", "-")]))
def test_pages_forward_and_back_are_the_whole_ordered_list(
    session: Session, rows: list[tuple[str, int, Colour, int]], sort: str
) -> None:
    session.rollback()
    for n, (name, fen, colour, days) in enumerate(rows, start=1):
        moved = timedelta(days=days)
        session.add(thing(n, name=name, fen=fen, colour=colour, due=date(2026, 1, 1) + moved, at=NOON + moved))
    session.flush()
    column = SPEC.sorts[sort.removeprefix("-")]
    order = (column.desc(), Thing.id.desc()) if sort.startswith("-") else (column.asc(), Thing.id.asc())
    whole = [ThingRow(*row) for row in session.execute(statement().order_by(*order))]

    forward = walk(session, "next", sort=sort)
    back = walk(session, "previous", sort=sort, cursor=forward[-2].next_cursor) if len(forward) > 1 else forward

    assert [row for page in forward for row in page.rows] == whole
    assert [row for page in reversed(back) for row in page.rows] == whole
    assert not forward[0].previous_cursor
    assert not forward[-1].next_cursor
    assert list(export_of(session, statement(), spec=SPEC, arguments={"sort": sort}, shape=ThingRow)) == whole
    session.rollback()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.tuples(*[st.sampled_from(["甲", "甲乙", "乙", "aB", "%", ""])] * 2), max_size=9),
    text=st.sampled_from(["甲", "乙", "ab", "B", "%", "丙"]),
    cap=st.sampled_from([1, 2, 3, 100]),
)
def test_a_text_is_found_in_its_tables_as_it_is_row_by_row(
    session: Session, monkeypatch: pytest.MonkeyPatch, names: list[tuple[str, str]], text: str, cap: int
) -> None:
    session.rollback()
    for n, (own, holder) in enumerate(names, start=1):
        session.add_all([thing(n, name=own), Holder(id=100 - n, thing_id=n, name=holder)])
    session.flush()
    joined = statement().join(Holder, Holder.thing_id == Thing.id).where(Thing.id != 3)
    monkeypatch.setattr(lists, "COUNT_CAP", cap)

    found = [
        [
            page_of(session, joined, spec=spec, arguments={"q": text}, shape=ThingRow),
            list(_export(session, joined, spec, text)),
        ]
        for spec in (JOINED, SOUGHT)
    ]

    assert found[0] == found[1]
    session.rollback()


def _export(session: Session, joined: Select[int, str, int], spec: ListSpec, text: str) -> Iterator[ThingRow]:
    return export_of(session, joined, spec=spec, arguments={"q": text}, shape=ThingRow)


def test_export_reads_all_chunks(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.add_all(thing(n) for n in range(1, 9))
    session.flush()
    monkeypatch.setattr(lists, "EXPORT_CHUNK", 3)

    exported = list(export_of(session, statement(), spec=SPEC, arguments={"sort": "id"}, shape=ThingRow))

    assert [row.id for row in exported] == list(range(1, 9))


def test_count_stops_at_the_cap(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.add_all(thing(n) for n in range(1, 8))
    session.flush()
    monkeypatch.setattr(lists, "COUNT_CAP", 5)

    page = ask(session)

    assert (page.count, page.is_capped, len(page.rows)) == (5, True, 3)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"q": "单位 2"}, {2}),
        ({"q": "%"}, set()),
        ({"q": "_"}, set()),
        ({"exact": "单位 3"}, {3}),
        ({"colour": "blue"}, {4}),
        ({"from": "2026-11-03", "to": "2026-11-04"}, {2, 3}),
        ({"since": "2026-11-23"}, {3, 4}),
        ({"until": "2026-11-21"}, {1}),
        ({"least": "2", "most": "3.00"}, {2, 3}),
        ({"q": "", "colour": " "}, {2, 3, 4}),
    ],
)
def test_filters_are_typed(session: Session, arguments: dict[str, str], expected: set[int]) -> None:
    session.add_all([thing(1), thing(2), thing(3), thing(4, colour=Colour.BLUE)])
    session.flush()

    page = ask(session, **arguments)

    assert {row.id for row in page.rows} == expected
    assert page.args == {name: arguments.get(name, "") for name in SPEC.filters}


def test_an_evening_in_beijing_belongs_to_its_beijing_day(session: Session) -> None:
    session.add(thing(1, at=datetime(2026, 11, 20, 15, 59, tzinfo=UTC)))
    session.add(thing(2, at=datetime(2026, 11, 20, 16, 0, tzinfo=UTC)))
    session.flush()

    page = ask(session, since="2026-11-20", until="2026-11-20")

    assert [row.id for row in page.rows] == [1]


@pytest.mark.parametrize(
    "arguments",
    [
        {"sort": "password"},
        {"sort": "name; DROP TABLE things"},
        {"colour": "green"},
        {"from": "2026-13-01"},
        {"from": "0001-01-01"},
        {"least": "1e9"},
        {"q": "x" * 101},
        {"exact": "a\x00b"},
        {"cursor": "garbage!"},
        {"cursor": "A" * 5000},
        {"cursor": "W10"},
    ],
)
def test_what_no_page_of_ours_makes_is_refused(session: Session, arguments: dict[str, str]) -> None:
    with pytest.raises(MalformedList) as refusal:
        ask(session, **arguments)

    assert str(refusal.value)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cursor=st.text(max_size=60))
def test_any_text_as_cursor_is_a_page_or_a_refusal(session: Session, cursor: str) -> None:
    for sort in SPEC.sorts:
        with suppress(MalformedList):
            ask(session, cursor=cursor, sort=sort)


@given(values=st.lists(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.lists(st.text())), max_size=3))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_in_a_cursor_is_a_page_or_a_refusal(session: Session, values: list[object]) -> None:
    for sort in SPEC.sorts:
        cursor = base64.urlsafe_b64encode(json.dumps(["n", sort, *values]).encode()).decode()
        with suppress(MalformedList):
            ask(session, cursor=cursor, sort=sort)


def test_a_cursor_of_another_sorting_is_refused(session: Session) -> None:
    session.add_all(thing(n) for n in range(1, 6))
    session.flush()
    cursor = ask(session, sort="name").next_cursor

    with pytest.raises(MalformedList):
        ask(session, sort="fen", cursor=cursor)


def test_a_head_turns_its_sorting_round(session: Session) -> None:
    page = ask(session, sort="fen")

    assert page.sort_state("fen") == lists.SortState("ascending", "-fen", "▲")
    assert ask(session, sort="-fen").sort_state("fen").next == "fen"
    assert page.sort_state("name") == lists.SortState("none", "name", "")
    assert not page.is_filtered
    assert ask(session, q="x").is_filtered
