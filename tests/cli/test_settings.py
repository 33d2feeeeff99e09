"""Settings are listed with their source and without their secrets."""

import json
from dataclasses import replace
from pathlib import Path

from flask import Flask

from vouchers import config
from vouchers.cli.settings import settings
from vouchers.operation.settings import shown

SECRET = "a-very-secret-value-0123456789abcdef"


def test_every_setting_is_listed_with_its_source(app: Flask) -> None:
    answer = app.test_cli_runner().invoke(settings, ["--json"])

    rows = {row["name"]: row for row in json.loads(answer.output)}
    assert rows["APP_ENV"] == {"name": "APP_ENV", "value": "test", "source": "environment"}
    assert rows["PASSWORD_PROFILE"]["source"] == "default"
    assert rows.keys() == app.config["SETTINGS"].sources.keys()


def test_no_secret_is_shown(tmp_path: Path) -> None:
    environ = {"SECRET_KEY": SECRET, "DATA_KEY": SECRET, "SECRET_KEY_FALLBACKS": SECRET}
    found = config.load({**environ, "DATABASE_URL": "postgresql://app:hidden@db/vouchers"}, tmp_path)

    text = " ".join(shown(found, name) for name in found.sources)

    assert SECRET not in text
    assert "hidden" not in text
    assert "postgresql+psycopg://app:***@db/vouchers" in text


def test_a_setting_left_out_is_shown_as_empty(tmp_path: Path) -> None:
    found = replace(config.load({"APP_ENV": "test"}, tmp_path), font_dir=None)

    assert shown(found, "FONT_DIR") == ""
