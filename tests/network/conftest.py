"""One network for all tests of this folder, and a connector that talks to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from people import Network, Person, running_network

from connectors import Login, Secret, Wire, connector
from connectors.bluesky import Bluesky


@pytest.fixture(scope="session")
def network(postgresql: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """A personal data server with an AppView, from their makers."""
    address = postgresql.replace("postgresql+psycopg://", "postgresql://")
    with running_network(address, tmp_path_factory.mktemp("network")) as running:
        yield running


@pytest.fixture
def bluesky() -> Iterator[Bluesky]:
    """The connector, allowed to talk to this machine."""
    wire = Wire(allow_private=True, user_agent="Samklang tests")
    made = connector("bluesky", wire)
    assert isinstance(made, Bluesky)
    yield made
    wire.close()


@pytest.fixture
def voss(network: Network) -> Iterator[Person]:
    """A municipality with an account."""
    person = Person(network, "voss")
    yield person
    person.leave()


@pytest.fixture
def eva(network: Network) -> Iterator[Person]:
    """An inhabitant with an account."""
    person = Person(network, "eva")
    yield person
    person.leave()


@pytest.fixture
def login(network: Network, bluesky: Bluesky, voss: Person) -> Login:
    """The municipality's login, made with an app password as `account connect` does."""
    typed = {"handle": Secret(f"@{voss.handle}"), "app_password": Secret(voss.app_password())}
    connected = bluesky.connect(network.pds, typed)
    assert connected.profile.base is not None
    return Login(connected.profile.base, connected.profile.remote_id, connected.secrets)
