"""The fast writer gives the very bytes of the standard one, for what it is used for."""

from hypothesis import given
from hypothesis import strategies as st

from orders.decision import canonical_bytes
from server.db.canonical import fast_bytes

texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | texts
values = st.recursive(plain, lambda inner: st.lists(inner) | st.dictionaries(texts, inner))


@given(values)
def test_both_writers_give_the_same_bytes(value):
    assert fast_bytes(value) == canonical_bytes(value)
