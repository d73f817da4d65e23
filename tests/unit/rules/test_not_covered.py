"""MED-01: that a product is not covered is a fact that rules may use; where nobody said, no rule speaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rules.bundle import load_bundle
from tests.unit.rules.cases import context, flags, judge, line, order

POLICY = """
policy: medicines
owner: risk
stage: validate
rules:
  - id: MED-01.not_covered
    title: {zh: 目录未覆盖的药品要核对, en: A medicine that is not covered wants a look}
    when: line.not_covered
    then: [{flag: NOT_COVERED}]
    message: {zh: "{line.sku} 目录未覆盖", en: "{line.sku} is not covered"}
"""


@pytest.mark.parametrize(("covered", "flagged"), [(False, True), (True, False), (None, False)])
def test_MED_01_rule_on_what_is_not_covered_speaks_only_where_the_master_says_so(covered, flagged) -> None:
    skus = tuple(replace(view, covered=covered) for view in context().skus)
    body = judge(order(line()), context(skus=skus), load_bundle({"medicines.yaml": POLICY}))
    assert ("NOT_COVERED" in flags(body)) is flagged
