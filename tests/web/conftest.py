"""The shell alone, with the page of all components."""

import pytest
from flask import Flask

from tests.pages import PageClient
from tests.web.gallery import make_gallery


@pytest.fixture(scope="session")
def gallery() -> Flask:
    return make_gallery()


@pytest.fixture
def visitor(gallery: Flask) -> PageClient:
    return PageClient(gallery)
