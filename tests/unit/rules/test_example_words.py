"""An example that does not hold says so in words, in both languages."""

from __future__ import annotations

import pytest

from rules.bundle import load_bundle
from rules.examples import test as judge

POLICY = """policy: words
owner: risk
stage: fraud
rules:
  - {{id: W-1, when: order.payable > 500.00, then: [{{flag: BIG}}], message: {{zh: 大, en: Big}}}}
examples:
  - {{name: n, given: {{order.payable: {payable}}}, {expected}}}
"""


@pytest.mark.parametrize(
    ("payable", "expected", "zh", "en"),
    [
        ("500.00", "fires: [W-1]", "应触发 W-1，实际没有触发", "W-1 should fire, and does not"),
        ("500.01", "silent: [W-1]", "不应触发 W-1，实际触发了", "W-1 should stay silent, and fires"),
        ("500.00", "flags: [BIG]", "标记应有 BIG，实为 无", "flags: BIG expected, none found"),
        ("500.01", "outcome: pass", "结果应有 pass，实为 flag", "outcome: pass expected, flag found"),
    ],
)
def test_U1_a_failing_example_is_told_in_words(payable: str, expected: str, zh: str, en: str) -> None:
    (failure,) = judge(load_bundle({"w.yaml": POLICY.format(payable=payable, expected=expected)}))
    assert (failure.zh, failure.en) == (zh, en)
    assert zh in str(failure)
