"""Log lines: one for each request, with its number, on one line, without what somebody sent."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.databases import SETTINGS
from vouchers import config
from vouchers.kernel.errors import SettingsError

ROOT = Path(__file__).parents[2]
SCRIPT = """
import logging
from vouchers.factory import create_app
app = create_app()
with app.test_client() as client:
    number = client.get("/verify/SECRET-CODE?id=110101199003070000").headers["X-Request-Id"]
logging.getLogger("vouchers.x").warning("first\\nsecond \\x1b[31m\\u2028 %s", "in\\rjected")
print(number)
"""


def _run(tmp_path: Path, log_format: str) -> tuple[str, list[str]]:
    environ = {**os.environ, **SETTINGS, "LOG_FORMAT": log_format, "INSTANCE_PATH": str(tmp_path)}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", SCRIPT], cwd=ROOT, env=environ, capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout.strip(), done.stderr.rstrip("\n").split("\n")


def test_each_line_is_one_json_object_with_the_request_and_nothing_that_was_sent(tmp_path: Path) -> None:
    number, lines = _run(tmp_path, "json")

    found = [json.loads(line) for line in lines]
    request = next(one for one in found if one["event"] == "request")
    assert (request["request_id"], request["route"], request["method"]) == (number, "/verify/<token>", "GET")
    assert "SECRET-CODE" not in "".join(lines)
    assert "110101199003070000" not in "".join(lines)
    assert found[-1]["event"] == "first\nsecond \x1b[31m\u2028 in\rjected"
    assert "request_id" not in found[-1]


def test_nothing_that_was_sent_makes_a_line_of_its_own(tmp_path: Path) -> None:
    _, lines = _run(tmp_path, "plain")

    assert "first\\nsecond \\x1b[31m\\u2028 in\\rjected" in lines[-1]


def test_handing_in_settings_leaves_the_logs_alone(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "vouchers.request"):
        app.test_client().get("/schemes/")

    assert [record.message for record in caplog.records if record.name == "vouchers.request"] == ["request"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
        ({"METRICS_KEY": "short"}, "METRICS_KEY 太短"),
        ({"SMTP_URL": "http://mail"}, "SMTP_URL 应为"),
        ({"SMTP_URL": "smtp://mail"}, "MAIL_FROM"),
        ({"OFFICE_URL": "oa.example"}, "OFFICE_URL 应为"),
        ({"OFFICE_URL": SETTINGS["PUBLIC_URL"]}, "主机名相同"),
    ],
)
def test_a_wrong_setting_stops_the_start_and_says_which(tmp_path: Path, given: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        config.load({**SETTINGS, **given}, tmp_path)


def test_plain_http_for_the_office_is_refused_in_production(tmp_path: Path) -> None:
    environ = {
        **SETTINGS,
        "APP_ENV": "production",
        "ALLOW_HTTP": "0",
        "PUBLIC_URL": "https://suanli.example.gov.cn",
        "OFFICE_URL": "http://oa.example.gov.cn",
    }

    with pytest.raises(SettingsError, match="OFFICE_URL"):
        config.load(environ, tmp_path)

    assert replace(config.load({**environ, "OFFICE_URL": ""}, tmp_path)).office_url == ""
