"""Settings that are more than a value."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from server.config import load_settings


@pytest.mark.parametrize(
    ("address", "ours"),
    [("127.0.0.1", True), ("10.1.2.3", True), ("11.1.2.3", False), ("::1", False), ("2001:db8::5", True), ("", False)],
)
def test_a_proxy_is_ours_by_its_address_or_network(address: str, ours: bool) -> None:
    settings = load_settings(trusted_proxies="127.0.0.1, 10.0.0.0/8, 2001:db8::/32")
    assert settings.trusts(address) is ours


def test_a_proxy_that_is_no_address_stops_the_start_by_name() -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        load_settings(trusted_proxies="proxy.example")
