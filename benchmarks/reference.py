"""The least that does the same: a bare Flask and SQLAlchemy application, to hold loads against in the same run.

One list page and one approval with session, form token, repeat key, transfers and a chained event. It has no
permissions, duties, rules, messages or pages beyond these; what a full system costs is seen beside it.
"""

import hashlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from flask import Flask, abort, redirect, render_template_string, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine, ForeignKey, create_engine, event, insert, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from waitress import serve

TOKEN, FORM_TOKEN = "session-of-the-reference", "form-token"
ROWS, CLAIMS, SHOWN = 100_000, 20_000, 50
PAGE = """<!doctype html><title>List</title><table>{% for row in rows %}<tr>
<td><a href="{{ url_for('show', key=row.id) }}">{{ row.name }}</a></td><td>{{ row.fen }}</td>
</tr>{% endfor %}</table>"""


class Base(DeclarativeBase):
    """All tables."""


class Sitting(Base):
    """A session."""

    __tablename__ = "sittings"
    token: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Published(Base):
    """A row of the list."""

    __tablename__ = "published"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    fen: Mapped[int]


class Claim(Base):
    """What is approved."""

    __tablename__ = "claims"
    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default="verified")
    fen: Mapped[int] = mapped_column(default=1000)


class Account(Base):
    """A balance."""

    __tablename__ = "accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    fen: Mapped[int]


class Transfer(Base):
    """A movement."""

    __tablename__ = "transfers"
    id: Mapped[int] = mapped_column(primary_key=True)
    debit_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    fen: Mapped[int]


class Event(Base):
    """A link of the chain."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    text: Mapped[str]
    hash: Mapped[str]


class Done(Base):
    """A repeat key that was used."""

    __tablename__ = "done"
    key: Mapped[str] = mapped_column(primary_key=True)


class Desk:
    """The pages on one engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._turn: Any = threading.Lock() if engine.dialect.name == "sqlite" else nullcontext()

    def hello(self) -> str:
        """The least there is: what a request costs before anything is done for it."""
        return "hello"

    def list_rows(self) -> str:
        """Fifty of many."""
        with Session(self._engine) as session:
            rows = session.scalars(select(Published).order_by(Published.id.desc()).limit(SHOWN)).all()
            return render_template_string(PAGE, rows=rows)

    def show(self, key: int) -> str:
        """Where a row leads."""
        return str(key)

    def approve(self, key: int) -> ResponseReturnValue:
        """Held to payable, once."""
        if request.form.get("csrf_token") != FORM_TOKEN:
            abort(400)
        with self._transaction() as session:
            person = session.get(Sitting, request.cookies.get("sid", ""))
            if person is None:
                abort(403)
            session.add(Done(key=request.form["idempotency_key"]))
            claim = session.get_one(Claim, key, with_for_update=True)
            if claim.state != "verified":
                abort(409)
            claim.state = "approved"
            held, payable = session.scalars(select(Account).order_by(Account.id).with_for_update()).all()
            held.fen, payable.fen = held.fen - claim.fen, payable.fen + claim.fen
            session.add(Transfer(debit_id=held.id, credit_id=payable.id, fen=claim.fen))
            last = session.scalar(select(Event.hash).order_by(Event.id.desc()).limit(1)) or ""
            text = f"{person.name} approved {claim.id}"
            session.add(Event(text=text, hash=hashlib.sha256((last + text).encode()).hexdigest()))
        return redirect(f"/rows/{key}", 303)

    @contextmanager
    def _transaction(self) -> Iterator[Session]:
        with self._turn, Session(self._engine) as session, session.begin():
            yield session


def application(engine: Engine) -> Flask:
    """Its three pages."""
    app, desk = Flask(__name__), Desk(engine)
    app.add_url_rule("/hello", "hello", desk.hello)
    app.add_url_rule("/rows/", "list_rows", desk.list_rows)
    app.add_url_rule("/rows/<int:key>", "show", desk.show)
    app.add_url_rule("/claims/<int:key>/approve", "approve", desk.approve, methods=["POST"])
    return app


def fill(engine: Engine) -> None:
    """Rows to list and claims to approve."""
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(insert(Sitting), [{"token": TOKEN, "name": "Somebody"}])
        connection.execute(insert(Account), [{"id": 1, "fen": 10**9}, {"id": 2, "fen": 0}])
        connection.execute(insert(Claim), [{"id": n} for n in range(1, CLAIMS + 1)])
        rows = [{"id": n, "name": f"Enterprise {n}", "fen": n * 100} for n in range(1, ROWS + 1)]
        connection.execute(insert(Published), rows)


def _durable(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")


def main() -> None:
    """Fill the database of this address and serve on this port."""
    url, port = sys.argv[1], int(sys.argv[2])
    engine = create_engine(url, pool_size=16)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _durable)
    fill(engine)
    serve(application(engine), host="127.0.0.1", port=port, threads=16, connection_limit=1000)


if __name__ == "__main__":
    main()
