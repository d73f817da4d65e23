"""The webhook outlet against a real receiver that verifies the signature."""

import base64
import json
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook

from adapters.message import Message, Target
from adapters.registry import outlets
from orders.errors import TransportError

SECRET = f"whsec_{base64.b64encode(b'k' * 32).decode()}"
NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
MESSAGE = Message("out_1", "order.held", "ord_1", "ord_1:order.held:1", NOW, b'{"order_id":"ord_1"}')


def real_clock():
    return datetime.now(UTC)  # noqa: TID251 - the verifier reads the real clock


def send(url, *, allow_private=True, secrets=(SECRET,)):
    return outlets(real_clock)["webhook.standard"](MESSAGE, Target(url, 2.0, allow_private), secrets)


def test_INT_09_receiver_verifies_the_signature_over_the_raw_body(httpserver):
    httpserver.expect_request("/hook", method="POST").respond_with_data("", status=204)
    assert send(httpserver.url_for("/hook")).status == 204
    request, _ = httpserver.log[0]
    value = Webhook(SECRET).verify(request.get_data(), dict(request.headers))
    assert value == {
        "type": "order.held",
        "timestamp": NOW.isoformat().replace("+00:00", "Z"),
        "data": {"order_id": "ord_1"},
    }
    assert request.headers["webhook-id"] == "out_1"
    assert request.headers["Host"] == f"localhost:{httpserver.port}"
    assert request.headers["Connection"] == "close", "a connection is proven for one host"


def test_INT_09_every_attempt_has_the_same_body_and_id(httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    send(httpserver.url_for("/hook"))
    send(httpserver.url_for("/hook"))
    first, second = (request for request, _ in httpserver.log)
    assert first.get_data() == second.get_data()
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


@pytest.mark.parametrize(
    ("status", "permanent", "code"),
    [(500, False, "http_500"), (429, False, "http_429"), (401, False, "http_401"), (404, False, "http_404"),
     (410, True, "gone")],
)  # fmt: skip
def test_INT_09_only_a_receiver_that_is_gone_is_not_tried_again(httpserver, status, permanent, code):
    httpserver.expect_request("/hook").respond_with_data("no", status=status)
    with pytest.raises(TransportError) as failed:
        send(httpserver.url_for("/hook"))
    assert (failed.value.permanent, failed.value.code) == (permanent, code)


def test_INT_09_redirect_into_the_inner_network_is_not_followed(httpserver):
    httpserver.expect_request("/hook").respond_with_data("", status=302, headers={"Location": "/inner"})
    httpserver.expect_request("/inner").respond_with_data("")
    with pytest.raises(TransportError) as failed:
        send(httpserver.url_for("/hook"))
    assert failed.value.code == "http_302"
    assert len(httpserver.log) == 1


def test_INT_09_private_receiver_gets_nothing_unless_the_setting_allows_it(httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    with pytest.raises(TransportError) as failed:
        send(httpserver.url_for("/hook").replace("http://", "https://"), allow_private=False)
    assert failed.value.code == "address_refused"
    assert httpserver.log == []


def test_INT_09_body_is_json_of_the_order_alone(httpserver):
    httpserver.expect_request("/hook").respond_with_data("")
    send(httpserver.url_for("/hook"))
    assert set(json.loads(httpserver.log[0][0].get_data())) == {"type", "timestamp", "data"}


def test_INT_09_the_name_stands_in_the_handshake_though_the_connection_goes_to_the_address():
    """Who serves many names shows the right certificate: it is asked for the name, not for the judged address."""
    named, context = [], ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        greeted = pool.submit(_greet, server, context)
        with pytest.raises(TransportError):
            send(f"https://localhost:{server.getsockname()[1]}/hook")
        greeted.result(timeout=30)
    assert named == ["localhost"]


def _greet(server, context):
    """Take one connection as far as its greeting; without a certificate it ends there."""
    server.settimeout(30)
    connection, _ = server.accept()
    with connection, suppress(ssl.SSLError, OSError):
        context.wrap_socket(connection, server_side=True)
