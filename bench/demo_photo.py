"""Draw the demo's crooked photo again: `python -m bench.demo_photo` writes server/demo/purchase-order.jpg."""

from __future__ import annotations

from datetime import date

from bench.pages.canvas import Bitmap
from bench.pages.damage import LEVELS
from bench.pages.layouts import LAYOUTS
from bench.pages.orders import SampleLine, SampleOrder
from server.demo import HERE, load_company

WANTED = (
    ("A-1001", "200", "12.50", "2500.00"),
    ("A-1003", "20", "46.00", "920.00"),
    ("A-1005", "60", "8.60", "516.00"),
)
SEED = 7
WIDTH_PX = 1600


def order() -> SampleOrder:
    """Return what the photo says: an order of the first customer, to be left at a parcel shop."""
    company = load_company()
    customer = company["customers"][0]
    skus = {item["sku"]: item for item in company["skus"]}
    lines = tuple(
        SampleLine(sku, skus[sku]["name"], skus[sku]["spec"], skus[sku]["unit"], quantity, price, amount)
        for sku, quantity, price, amount in WANTED
    )
    return SampleOrder(
        number="HL-20261120-08",
        issued=date(2026, 11, 20),
        requested=date(2026, 12, 5),
        buyer=customer["name"],
        contact=customer["contacts"][0]["name"],
        phone=customer["contacts"][0]["phone"],
        receiver="王工",
        receiver_phone="13900139000",
        address=customer["addresses"][0]["text"] + "菜鸟驿站",
        terms=customer["payment_terms"],
        lines=lines,
        total="3936.00",
    )


def main() -> None:
    """Draw, damage, save."""
    paper = Bitmap("sans", 200)
    LAYOUTS["ruled_zh"](paper, order())
    image, _ = LEVELS["photo_mild"](paper.image, paper.boxes, SEED)
    image.thumbnail((WIDTH_PX, WIDTH_PX * 2))
    image.save(HERE / "purchase-order.jpg", quality=72)


if __name__ == "__main__":
    main()
