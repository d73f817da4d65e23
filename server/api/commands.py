"""What is done to an order: one address per command of the transition table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from orders.actor import Role
from rules.states import states
from server.api.call import here
from server.api.call.answer import if_match, versioned
from server.api.call.body import Body, read_json_or_nothing
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.idempotency import idempotent
from server.api.call.path import OrderPath
from server.api.call.view import linked
from server.desk import orders

if TYPE_CHECKING:
    from collections.abc import Callable

api = APIBlueprint("commands", __name__)


class Command(Body):
    """Why, and what the step needs."""

    reason: str = Field("", max_length=500, description="原因 / why; required to reject and to cancel")
    waybill: str | None = Field(None, min_length=1, max_length=64, description="运单号 / waybill number, to ship")
    carrier: str | None = Field(None, min_length=1, max_length=64, description="承运商 / carrier, to ship")
    signature: bool = Field(False, description="面单已启用签收确认 / the waybill asks for a signature, to print")


def commands() -> dict[str, frozenset[Role]]:
    """Return each command of the transition table and every role that some transition allows it to."""
    found: dict[str, frozenset[Role]] = {}
    for transition in states().transitions:
        roles = frozenset(Role(role) for role in transition.roles)
        found[transition.command] = found.get(transition.command, frozenset()) | roles
    return found


def _handler(command: str, roles: frozenset[Role]) -> Callable[..., Response]:
    @open_to(*roles)
    @answers({200: "OrderView"}, body=Command, body_required=False, idempotent=True, if_match=True, problems=(503,))
    @idempotent
    def run(path: OrderPath) -> Response:
        body = read_json_or_nothing(Command)
        label = orders.Label(body.waybill, body.carrier, body.signature)
        who = (here.deps(), here.actor(), path.order_id)
        view = orders.command(*who, command, reason=body.reason, version=if_match(), label=label)
        return versioned(linked(view))

    run.__name__ = f"command_{command}"
    run.__doc__ = f"Give the command `{command}`; 409 with the reasons when the order's state or a hold forbids it."
    return run


for _command, _roles in commands().items():
    api.post(f"/v1/orders/<order_id>/{_command.replace('_', '-')}")(_handler(_command, _roles))
