"""Personal values outlive a change of the session key, and are lost without the data key."""

from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from flask import Flask
from sqlalchemy.dialects import sqlite

from tests.databases import SETTINGS
from vouchers import config
from vouchers.db.columns import Personal, PersonalKeys, blind_index
from vouchers.factory import create_app

OTHER = "another-key-of-tests-only-0123456789-abcdef"
DIALECT = sqlite.dialect()


def test_personal_values_are_read_and_found_after_the_session_key_was_changed(app: Flask, tmp_path: Path) -> None:
    sealed, found_by = Personal().process_bind_param("13800138000", DIALECT), blind_index("13800138000")

    try:
        create_app(config.load({**SETTINGS, "SECRET_KEY": OTHER}, tmp_path))

        assert Personal().process_result_value(sealed, DIALECT) == "13800138000"
        assert blind_index("13800138000") == found_by

        create_app(config.load({**SETTINGS, "DATA_KEY": OTHER}, tmp_path))

        with pytest.raises(InvalidTag):
            Personal().process_result_value(sealed, DIALECT)
    finally:
        PersonalKeys.set(app.config["SETTINGS"].personal_key)
