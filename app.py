"""The application for any WSGI server."""

import os
import sys

from vouchers.factory import create_app
from vouchers.kernel.errors import SettingsError

os.umask(0o077)  # what is written here is nobody else's to read
try:
    app = create_app()
except SettingsError as error:
    sys.exit(f"设置有误，未能启动：{error}")
