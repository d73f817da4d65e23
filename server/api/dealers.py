"""Dealers: customers that order by themselves, their people, and what their contract says things cost (IN-16)."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from orders.actor import Role
from orders.money import price_text
from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import open_to
from server.api.call.shapes import MAYBE, TEXT, arr, obj
from server.desk import dealers as desk

api = APIBlueprint("dealers", __name__)
DEALER = obj(customer=TEXT, name=TEXT, logins=arr(TEXT))


class DealerPath(BaseModel):
    """One dealer, by its customer code."""

    customer: str = Field(max_length=64)


class NewPerson(Body):
    """A dealer's person, who signs in at the same address as everybody."""

    login: str = Field(min_length=3, max_length=40, pattern=r"^[a-zA-Z0-9_.@-]+$")
    name: str = Field(min_length=1, max_length=40)
    password: str = Field(min_length=1, max_length=200)


@api.get("/v1/dealers")
@open_to(Role.AUDITOR)
@answers({200: obj(data=arr(DEALER))})
def list_dealers() -> Response:
    """List the dealers with their people's logins."""
    return ok({"data": desk.listed(here.deps())})


@api.put("/v1/dealers/<customer>")
@open_to()
@answers({200: DEALER})
def put_dealer(path: DealerPath) -> Response:
    """Make a customer a dealer: its people and keys order in its name and see what they sent, and nothing else."""
    return ok(desk.put(here.deps(), here.actor(), path.customer))


@api.post("/v1/dealers/<customer>/people")
@open_to()
@answers({201: DEALER}, body=NewPerson, problems=(409,))
def add_dealer_person(path: DealerPath) -> Response:
    """Add a person of a dealer."""
    told = read_json(NewPerson).model_dump()
    return ok(desk.add_person(here.deps(), here.actor(), path.customer, told), 201)


@api.get("/v1/catalogue")
@open_to(Role.DEALER)
@answers({200: obj(data=arr(obj(sku=TEXT, name=TEXT, spec=MAYBE, unit=TEXT, price=MAYBE)))})
def list_own_catalogue() -> Response:
    """List the products for a dealer, each with the price of its contract and of no other."""
    known, actor = here.deps().catalogue(), here.actor()
    own = known.customers[actor.customer].contract_prices if actor.customer in known.customers else {}
    return ok(
        {
            "data": [
                {
                    "sku": entry.sku,
                    "name": entry.name,
                    "spec": entry.spec,
                    "unit": entry.unit,
                    "price": price_text(own[entry.sku]) if entry.sku in own else None,
                }
                for entry in known.skus.values()
            ]
        }
    )
