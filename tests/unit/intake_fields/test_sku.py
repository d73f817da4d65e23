"""MAP-09: free text never becomes a SKU; what is known is proven, what is unknown gets candidates."""

from __future__ import annotations

from bench.pages.company import catalogue
from intake.fields import words
from intake.fields.sku import fold, resolve
from intake.known.match import index_of
from tests.unit.intake_fields.cast import line

CATALOGUE = catalogue()
INDEX = index_of(CATALOGUE)
CUSTOMER = CATALOGUE.customers["C-001"]


def _resolved(**values: str | None) -> dict[str, object]:
    one = line(**values)
    resolve(one, INDEX, CUSTOMER)
    sku = one["sku"]
    return {
        "sku": sku.value,
        "proofs": sku.proofs,
        "doubts": sku.doubts,
        "candidates": sku.alternatives,
        "buyer_sku": one["buyer_sku"].value if "buyer_sku" in one else None,
        "line": one,
    }


def test_MAP_09_known_code_is_proven() -> None:
    got = _resolved(code="A-1001", name="A型接头")
    assert (got["sku"], got["proofs"], got["doubts"]) == ("A-1001", [words.CODE_KNOWN], [])


def test_MAP_09_full_width_code_is_the_same() -> None:
    assert _resolved(code="Ａ－１００１")["sku"] == "A-1001"


def test_MAP_09_unknown_code_is_null_with_candidates_and_kept_as_the_buyers() -> None:
    got = _resolved(code="XZ-77", name="A型接头改")
    assert got["sku"] is None
    assert got["buyer_sku"] == "XZ-77"
    assert "A-1001" in got["candidates"]
    assert got["doubts"] == [words.UNKNOWN_SKU]


def test_MAP_09_unknown_name_without_a_code_is_null_with_candidates() -> None:
    got = _resolved(name="A型接头加长")
    assert got["sku"] is None
    assert got["candidates"][0] == "A-1001"


def test_MAP_09_exact_name_without_a_code_is_taken_but_confirmed() -> None:
    got = _resolved(name="黄铜球阀")
    assert (got["sku"], got["doubts"]) == ("A-1003", [words.BY_NAME])


def test_MAP_09_code_and_name_of_different_products_are_doubted() -> None:
    assert words.CODE_NAME_DIFFER in _resolved(code="A-1001", name="不锈钢法兰")["doubts"]


def test_MAP_09_look_alike_code_needs_the_name_to_agree() -> None:
    agreed = _resolved(code="A-1OO1", name="A型接头")
    assert (agreed["sku"], agreed["doubts"]) == ("A-1001", [])
    alone = _resolved(code="A-1OO1")
    assert (alone["sku"], alone["doubts"]) == ("A-1001", [words.LOOKALIKE])


def test_MAP_09_nearest_code_is_only_taken_with_the_same_name_and_never_automatic() -> None:
    assert _resolved(code="A-10015", name="A型接头")["doubts"] in ([words.NEAREST], [words.BY_NAME])
    assert _resolved(code="A-1011")["sku"] is None


def test_MAP_09_customers_part_number_is_translated_and_kept() -> None:
    got = _resolved(code="HL7003", name="黄铜球阀")
    assert (got["sku"], got["buyer_sku"], got["proofs"]) == ("A-1003", "HL7003", [words.BUYER_CODE])


def test_MAP_09_another_customers_part_number_means_nothing() -> None:
    one = line(code="HL7003")
    resolve(one, INDEX, None)
    assert one["sku"].value is None


def test_values_like_the_products_own_are_proven_others_doubted() -> None:
    got = _resolved(code="A-1004", name="不锈钢法兰", spec="DN50PN16", unit="片", unit_price="88.60")["line"]
    assert got["spec"].value == "DN50 PN16"
    assert all(got[name].proofs and not got[name].doubts for name in ("name", "spec", "unit", "unit_price"))
    other = _resolved(code="A-1004", name="不锈钢法兰盘", spec="DN80", unit="箱", unit_price="1.00")["line"]
    assert all(other[name].doubts for name in ("name", "spec", "unit"))
    assert other["spec"].value == "DN80"
    assert not other["unit_price"].proofs


def test_unit_that_was_not_read_is_assumed_and_said_so() -> None:
    got = _resolved(code="A-1004", quantity="5")["line"]
    assert (got["unit"].value, got["unit"].doubts) == ("片", [words.UNIT_ASSUMED])


def test_folding_keeps_all_codes_of_the_catalogue_apart() -> None:
    assert len({fold(code) for code in CATALOGUE.skus}) == len(CATALOGUE.skus)


def test_MAP_09_name_stands_for_a_code_of_the_customers_own_but_is_confirmed() -> None:
    own = _resolved(code="ZC-7788", name="橡胶密封圈")
    assert (own["sku"], own["doubts"]) == ("A-1005", [words.BY_NAME])
    graded = _resolved(code="DN20", name="A型接头")
    assert (graded["sku"], graded["doubts"]) == ("A-1001", [words.BY_NAME])
    packed = _resolved(name="A型接头", spec="DN20×200")
    assert packed["sku"] == "A-1001"
    assert words.BY_NAME in packed["doubts"]
    assert _resolved(name="A型接头", spec="DN65")["sku"] is None
