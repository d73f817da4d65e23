"""Orders named in a sentence are links, and nothing else of the sentence is HTML."""

from __future__ import annotations

import pytest
from flask import Flask

from web.blueprint import screens
from web.linked import linked

ORDER = "ord_" + "0f" * 16


@pytest.fixture
def app() -> Flask:
    app = Flask("links")
    app.add_url_rule("/orders/<order_id>", "screens.order", lambda order_id: order_id)
    return app


def test_DUP_02_a_named_order_is_a_link(app: Flask) -> None:
    assert screens.name == "screens"
    with app.test_request_context(headers={"Accept-Language": "zh"}):
        told = linked(f"与订单 PO-1（{ORDER}）对照")
    assert told == f'与订单 PO-1（<a href="/orders/{ORDER}" title="{ORDER}">查看订单</a>）对照'


def test_what_is_no_order_stays_text(app: Flask) -> None:
    with app.test_request_context():
        assert linked("<b>ord_twin</b> & xord_" + "0" * 32) == "&lt;b&gt;ord_twin&lt;/b&gt; &amp; xord_" + "0" * 32
        assert linked(ORDER + "0") == ORDER + "0"
