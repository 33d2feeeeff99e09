"""The application for any WSGI server."""

from vouchers.factory import create_app

app = create_app()
