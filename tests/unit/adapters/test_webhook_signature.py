"""Standard Webhooks: what is signed and how much is sent."""

import base64
import json
from datetime import UTC, datetime

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from adapters.message import Message
from adapters.webhook.standard import MAX_BODY_BYTES, envelope, signatures
from orders.decision import canonical_bytes
from orders.errors import TransportError

OLD, NEW = (f"whsec_{base64.b64encode(bytes([n]) * 32).decode()}" for n in (1, 2))


def message(data):
    return Message(
        "out_1", "order.held", "ord_1", "k", datetime(2026, 11, 22, 2, 15, tzinfo=UTC), canonical_bytes(data)
    )


def headers(signature, at):
    return {"webhook-id": "out_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def test_INT_09_both_keys_verify_while_one_is_rotated():
    at, body = datetime.now(UTC), b'{"type":"order.held"}'  # noqa: TID251 - the verifier reads the real clock
    signature = signatures((NEW, OLD), "out_1", at, body)
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(body, headers(signature, at)) == {"type": "order.held"}


def test_INT_09_tampered_body_does_not_verify():
    at = datetime.now(UTC)  # noqa: TID251 - the verifier reads the real clock
    signature = signatures((NEW,), "out_1", at, b"{}")
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(b'{"x":1}', headers(signature, at))


@pytest.mark.parametrize("secrets", [(), ("whsec_",), ("whsec_?",)])
def test_INT_09_unusable_key_is_a_permanent_failure(secrets):
    with pytest.raises(TransportError) as failed:
        signatures(secrets, "out_1", datetime(2026, 1, 1, tzinfo=UTC), b"{}")
    assert failed.value.permanent


def filled(size):
    """A body whose envelope has exactly ``size`` bytes."""
    empty = len(envelope(message({"text": ""})))
    return message({"text": "x" * (size - empty)})


def test_INT_09_body_of_20_kB_goes_out_whole():
    body = envelope(filled(MAX_BODY_BYTES))
    assert len(body) == MAX_BODY_BYTES
    assert json.loads(body)["data"]["text"].startswith("x")


def test_INT_09_body_above_20_kB_goes_out_as_its_order_id():
    assert json.loads(envelope(filled(MAX_BODY_BYTES + 1))) == {
        "type": "order.held",
        "timestamp": "2026-11-22T02:15:00Z",
        "data": {"order_id": "ord_1", "truncated": True},
    }
