"""An installation that knows an identity provider, and the provider itself."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from tests.signin.provider import CLIENT_ID, CLIENT_SECRET, City, running_city


@pytest.fixture(scope="session")
def standing_city() -> Iterator[City]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # the provider speaks http: it listens on loopback only
        with running_city() as city:
            yield city


@pytest.fixture
def city(standing_city: City, app: Flask) -> Iterator[City]:
    """The provider, right in every respect, and the application told about it."""
    standing_city.reset()
    standing_city.client.redirect_uris = {"http://localhost/sign-in/provider/callback"}
    before = app.config["SETTINGS"]
    app.config["SETTINGS"] = replace(
        before,
        oidc_issuer=standing_city.issuer,
        oidc_client_id=CLIENT_ID,
        oidc_client_secret=CLIENT_SECRET,
        oidc_name="市统一身份认证",
    )
    yield standing_city
    app.config["SETTINGS"] = before
