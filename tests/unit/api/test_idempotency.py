"""One call with a key works at a time in a process; others with it are told so, others without it never."""

import pytest

from orders.errors import Conflict
from server.api.call.idempotency import alone
from server.commit import IdempotencyKey


def test_a_key_that_is_being_worked_on_is_in_flight_and_free_afterwards():
    key = IdempotencyKey("key_a", "po-1", "hash")
    for _ in range(2):
        with alone(key), alone(IdempotencyKey("key_b", "po-1", "hash")), alone(IdempotencyKey("key_a", "po-2", "hash")):
            with pytest.raises(Conflict) as refused, alone(IdempotencyKey("key_a", "po-1", "other")):
                pass
            assert refused.value.code == "in_flight"
