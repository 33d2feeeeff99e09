"""`flask faultpoints` prints the list that APP_FAULT is checked against."""

import json

from flask import Flask

from vouchers.kernel.faults import POINTS


def test_every_point_is_listed_with_its_meaning(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["faultpoints", "--json"])

    assert {row["point"]: row["meaning"] for row in json.loads(answer.output)} == POINTS


def test_people_get_one_line_each(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(args=["faultpoints"])

    assert [line.split()[0] for line in answer.output.splitlines()] == list(POINTS)
