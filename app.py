"""The application for any WSGI server."""

import sys

from vouchers.config import SettingsError
from vouchers.factory import create_app

try:
    app = create_app()
except SettingsError as error:
    sys.exit(f"设置有误，未能启动：{error}")
