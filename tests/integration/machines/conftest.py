"""Several machines, as processes: a broker of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.machines.broker import Broker

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def broker() -> Iterator[Broker]:
    """A running RabbitMQ."""
    node = Broker()
    try:
        node.start()
        yield node
    finally:
        node.close()
