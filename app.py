"""The application for any WSGI server."""

import gc
import os
import sys

gc.disable()  # what the start makes lives as long as the process: a collector would look through it for nothing

from vouchers.factory import create_app  # noqa: E402
from vouchers.kernel.errors import SettingsError  # noqa: E402

os.umask(0o077)  # what is written here is nobody else's to read
try:
    app = create_app()
except SettingsError as error:
    sys.exit(f"设置有误，未能启动：{error}")
gc.freeze()
gc.enable()
