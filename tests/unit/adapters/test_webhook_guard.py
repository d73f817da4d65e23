"""The guard of outgoing webhooks: no address that a subscriber types in reaches our own network."""

import pytest

from adapters.http import client
from adapters.webhook.guard import check, is_public, resolve
from orders.errors import TransportError


def resolver(*addresses):
    return lambda _host, _port: list(addresses)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "2001:0:4136:e378:8000:63bf:f7f7:f7f7",  # 8.8.8.8 in a tunnel (Teredo) that anybody may answer for
        "::7f00:1",  # 127.0.0.1 in the abolished form
        "::ffff:0:7f00:1",  # and in the translated one
        "64:ff9b:1::a9fe:a9fe",  # 169.254.169.254 behind a local NAT64
        "fec0::1",
        "1fff::1",
        "4000::1",
        "3fff::1",
        "192.0.0.192",
        "192.88.99.1",
        "168.63.129.16",
    ],
)
def test_INT_09_address_of_an_inner_network_is_refused(address):
    assert not is_public(address)
    with pytest.raises(TransportError) as refused:
        check("https://hooks.example.com/x", allow_private=False, resolver=resolver(address))
    assert refused.value.permanent
    assert refused.value.code == "address_refused"


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2000::1", "168.63.129.17"]
)
def test_INT_09_public_address_passes_and_is_the_one_connected_to(address):
    place = check("https://hooks.example.com/x?y=1", allow_private=False, resolver=resolver(address))
    wrapped = f"[{address}]" if ":" in address else address
    assert place.url == f"https://{wrapped}:443/x?y=1"
    assert (place.host, place.authority) == ("hooks.example.com", "hooks.example.com")


def test_INT_09_one_private_address_among_public_ones_is_refused():
    with pytest.raises(TransportError):
        check("https://hooks.example.com/", allow_private=False, resolver=resolver("8.8.8.8", "10.0.0.1"))


def test_INT_09_private_address_passes_when_the_setting_allows_it():
    place = check("http://127.0.0.1:9000/hook", allow_private=True)
    assert (place.url, place.authority) == ("http://127.0.0.1:9000/hook", "127.0.0.1:9000")


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https:///nohost",
        "https://user:pw@hooks.example.com/",
        "https://[bad/",
        "https://host:99999/",
    ],
)
def test_INT_09_address_of_another_form_is_refused_for_good(url):
    with pytest.raises(TransportError) as refused:
        check(url, allow_private=False, resolver=resolver("8.8.8.8"))
    assert refused.value.permanent


def test_INT_09_name_without_an_address_is_tried_again_later():
    with pytest.raises(TransportError) as refused:
        check("https://no-such-host.invalid/", allow_private=False)
    assert not refused.value.permanent


def test_INT_09_a_name_that_no_name_can_be_has_no_address():
    with pytest.raises(TransportError) as refused:
        resolve(f"{'a' * 64}.example", 443)
    assert refused.value.code == "no_address"
    assert not refused.value.permanent


def test_INT_09_calls_go_out_by_no_proxy_of_the_environment_and_follow_no_redirect():
    assert (client().trust_env, client().follow_redirects) == (False, False)
