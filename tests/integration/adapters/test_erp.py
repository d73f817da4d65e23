"""The ERP outlet against the stub ERP and against peers that misbehave."""

import gzip
import json
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from werkzeug import Response

from adapters.erp.generic import deliver
from adapters.erp.stub import Server
from adapters.http import MAX_ANSWER_BYTES
from adapters.message import Message, Target
from orders.errors import TransportError
from tests import calls
from tests.waiting import until

BODY = json.dumps({"event": "order.accepted", "order_id": "ord_1", "order": {"note": "加急"}}).encode()


def message(key="ord_1:order.accepted:erp"):
    return Message("out_1", "order.accepted", "ord_1", key, datetime(2026, 11, 22, tzinfo=UTC), BODY)


@pytest.fixture
def erp(tmp_path):
    server = Server("127.0.0.1", 0, str(tmp_path / "erp.db"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def received(erp):
    return calls.get(f"{erp.url}/orders").json()["orders"]


def control(erp, **mood):
    calls.post(f"{erp.url}/control", json=mood)


def test_INT_05_order_enters_the_erp_with_its_number_in_the_receipt(erp):
    receipt = deliver(message(), Target(erp.url), ())
    assert (receipt.status, receipt.reference) == (201, "ERP-000001")
    assert received(erp)[0]["body"] == json.loads(BODY)
    assert received(erp)[0]["key"] == "ord_1:order.accepted:erp"


def test_INT_05_second_delivery_gets_the_first_number(erp):
    first = deliver(message(), Target(erp.url), ())
    again = deliver(message(), Target(erp.url), ())
    assert (again.status, again.reference, again.detail) == (200, first.reference, "duplicate")
    assert [(row["order_id"], row["calls"]) for row in received(erp)] == [("ord_1", 2)]


def test_INT_05_lost_answer_is_no_success_and_the_retry_makes_no_second_order(erp):
    control(erp, lose_answer=1)
    with pytest.raises(TransportError) as failed:
        deliver(message(), Target(erp.url), ())
    assert not failed.value.permanent
    assert deliver(message(), Target(erp.url), ()).detail == "duplicate"
    assert len(received(erp)) == 1


@pytest.mark.parametrize("status", [500, 503, 408, 425, 429])
def test_INT_05_erp_in_trouble_is_tried_again(erp, status):
    control(erp, fail=1, status=status)
    with pytest.raises(TransportError) as failed:
        deliver(message(), Target(erp.url), ())
    assert not failed.value.permanent
    assert failed.value.code == f"http_{status}"
    assert received(erp) == []


@pytest.mark.parametrize("status", [301, 400, 401, 404, 409, 422, 499])
def test_INT_05_refusal_of_the_erp_is_permanent(erp, status):
    control(erp, fail=1, status=status)
    with pytest.raises(TransportError) as failed:
        deliver(message(), Target(erp.url), ())
    assert failed.value.permanent


def test_INT_05_slow_erp_times_out_and_the_retry_makes_no_second_order(erp):
    control(erp, delay_s=1.0)
    with pytest.raises(TransportError) as failed:
        deliver(message(), Target(erp.url, timeout_s=0.1), ())
    assert (failed.value.permanent, failed.value.code) == (False, "timeout")
    until(lambda: received(erp))
    control(erp)
    assert deliver(message(), Target(erp.url), ()).detail == "duplicate"
    assert len(received(erp)) == 1


def test_INT_05_erp_that_is_down_is_tried_again():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with pytest.raises(TransportError) as failed:
            deliver(message(), Target(f"http://127.0.0.1:{closed.getsockname()[1]}"), ())
    assert (failed.value.permanent, failed.value.code) == (False, "unreachable")


@pytest.mark.parametrize("url", ["nonsense", "http://[", "ftp://erp.example.com"])
def test_INT_05_address_that_is_none_is_an_error_of_the_transport(url):
    with pytest.raises(TransportError):
        deliver(message(), Target(url), ())


def test_INT_05_key_of_the_erp_is_sent(httpserver):
    httpserver.expect_request("/base/orders", headers={"Authorization": "Bearer s3cret"}).respond_with_data("no json")
    assert deliver(message(), Target(httpserver.url_for("/base/")), ("s3cret",)).reference is None


def test_INT_05_endless_answer_takes_neither_memory_nor_thread(httpserver):
    said = []

    def talk(request):
        return Response((said.append(1) or b"x" * 4096 for _ in range(100_000)), content_type="text/plain")

    httpserver.expect_request("/orders").respond_with_handler(talk)
    assert deliver(message(), Target(httpserver.url_for("")), ()).status == 200
    assert MAX_ANSWER_BYTES < 4096 * len(said) < 4096 * 100_000  # what was on the way when it hung up, not all


def test_INT_05_answer_that_drips_is_cut_off_at_the_time_out(httpserver):
    def drip(request):
        def chunks():
            for _ in range(100):
                time.sleep(0.05)
                yield b"x"

        return Response(chunks(), content_type="text/plain")

    httpserver.expect_request("/orders").respond_with_handler(drip)
    with pytest.raises(TransportError) as failed:  # no single wait is too long, all together are
        deliver(message(), Target(httpserver.url_for(""), timeout_s=0.3), ())
    assert failed.value.code == "timeout"


@pytest.fixture
def raw():
    """A server of bare bytes: ``serve(answer)`` gives an address whose one connection is handled by ``answer``."""
    servers, threads = [], []

    def serve(answer):
        server = socket.create_server(("127.0.0.1", 0))

        def handle():
            connection, _ = server.accept()
            with connection, suppress(OSError):
                answer(connection)

        servers.append(server)
        threads.append(threading.Thread(target=handle))
        threads[-1].start()
        return f"127.0.0.1:{server.getsockname()[1]}"

    yield serve
    for thread in threads:
        thread.join()
    for server in servers:
        server.close()


def test_INT_05_head_that_drips_is_cut_off_at_the_time_out(raw):
    """A letter in time for every single wait, and never the end of a line."""

    def drip(connection):
        connection.recv(65536)
        for letter in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100:
            connection.sendall(bytes([letter]))
            time.sleep(0.05)

    with pytest.raises(TransportError) as failed:
        deliver(message(), Target(f"http://{raw(drip)}", timeout_s=0.3), ())
    assert failed.value.code == "timeout"


def test_INT_05_certificate_that_nobody_trusts_is_named(raw, tmp_path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_self_signed(tmp_path))
    place = raw(lambda connection: context.wrap_socket(connection, server_side=True))
    with pytest.raises(TransportError, match="self-signed certificate") as failed:
        deliver(message(), Target(f"https://{place}"), ())
    assert (failed.value.permanent, failed.value.code) == (False, "certificate")


def _self_signed(folder):
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    day, now = timedelta(days=1), datetime.now(UTC)  # noqa: TID251 - TLS reads the real clock
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - day, now + day).add_extension(names, False)
    file = folder / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.sign(key, SHA256()).public_bytes(Encoding.PEM))
    return file


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("<!DOCTYPE html><title>Login</title>", "text/html; charset=utf-8", "not_understood"),
        ("\ufeff  <html>", "text/plain", "not_understood"),
        ("please sign in", "text/html", "not_understood"),
        ('{"reference":"S1', "application/json", "not_understood"),
        (json.dumps({"reference": "S1", "more": "x" * MAX_ANSWER_BYTES}), "application/json", "not_understood"),
        ('{"success":false,"message":"客户不存在"}', "application/json", "refused"),
    ],
)
def test_INT_05_success_that_is_none_is_not_taken_for_one(httpserver, text, kind, code):
    """A login page, a proxy, half an answer: nobody knows whether the order was entered, so it is sent again."""
    httpserver.expect_request("/orders").respond_with_data(text, content_type=kind)
    with pytest.raises(TransportError) as failed:
        deliver(message(), Target(httpserver.url_for("")), ())
    assert (failed.value.code, failed.value.permanent) == (code, code == "refused")


@pytest.mark.parametrize(
    ("text", "reference"),
    [("", None), ("OK", None), ("[]", None), ('{"success":true,"reference":7}', "7"), ('{"reference":{"a":1}}', None)],
)
def test_INT_05_success_may_say_little(httpserver, text, reference):
    httpserver.expect_request("/orders").respond_with_data(text, content_type="text/plain")
    assert deliver(message(), Target(httpserver.url_for("")), ()).reference == reference


def test_INT_05_answer_of_a_proxy_that_compresses_is_read(httpserver):
    packed = gzip.compress(b'{"reference":"SO-1"}')
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    httpserver.expect_request("/orders").respond_with_data(packed, headers=headers)
    assert deliver(message(), Target(httpserver.url_for("")), ()).reference == "SO-1"


@pytest.mark.parametrize(
    ("told", "wait_s"),
    [
        ({"Retry-After": "120"}, 120),
        ({"Retry-After": "0"}, 1),
        ({"Retry-After": "2.0"}, 2),
        ({"Retry-After": "999999"}, 3600),
        ({"Retry-After": "Sun, 22 Nov 2026 02:16:30 GMT", "Date": "Sun, 22 Nov 2026 02:15:00 GMT"}, 90),
        ({"Retry-After": "soon"}, None),
        ({}, None),
    ],
)
def test_INT_10_rest_that_the_other_side_asks_for_is_read_beside_its_own_clock(raw, told, wait_s):
    head = "".join(f"{name}: {value}\r\n" for name, value in told.items())

    def refuse(connection):
        connection.recv(65536)
        connection.sendall(f"HTTP/1.1 503 Busy\r\n{head}Content-Length: 0\r\n\r\n".encode())

    with pytest.raises(TransportError) as failed:
        deliver(message(), Target(f"http://{raw(refuse)}"), ())
    assert failed.value.retry_after_s == wait_s


def test_INT_05_stub_refuses_an_order_without_a_key(erp):
    assert calls.post(f"{erp.url}/orders", content=BODY).status_code == 400
    assert calls.get(f"{erp.url}/healthz").status_code == 200
    assert calls.get(f"{erp.url}/other").status_code == 404


def test_INT_05_stub_as_a_program_keeps_orders_over_a_kill(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "adapters.erp.stub", "--port", str(port), "--store", str(tmp_path / "erp.db")]
    for count in (1, 2):
        with subprocess.Popen(command) as program:
            _wait(f"http://127.0.0.1:{port}/healthz")
            deliver(message(f"key-{count}"), Target(f"http://127.0.0.1:{port}"), ())
            listed = calls.get(f"http://127.0.0.1:{port}/orders").json()["orders"]
            program.kill()
        assert len(listed) == count


def _wait(url):
    for _ in range(200):
        try:
            if calls.get(url).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail(f"{url} did not come up")
