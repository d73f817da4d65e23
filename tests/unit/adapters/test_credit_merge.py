"""How the bureau's view joins our own account."""

from adapters.credit.bureau import merged
from orders.credit import CreditStatus, CreditView
from orders.money import Fen

OWN = CreditView(CreditStatus.OK, Fen(100_00), Fen(40_00), overdue_days=3)
BUREAU = CreditView(CreditStatus.OK, Fen(900_00), Fen(1_00), overdue_days=10, score=640)


def test_INT_12_own_limit_stays_and_the_bureau_adds_score_and_worse_overdue():
    assert merged(OWN, BUREAU) == CreditView(CreditStatus.OK, Fen(100_00), Fen(40_00), overdue_days=10, score=640)


def test_INT_12_without_own_account_the_bureau_counts():
    assert merged(CreditView(), BUREAU) == BUREAU


def test_INT_12_bureau_that_does_not_know_the_customer_changes_nothing():
    assert merged(OWN, CreditView()) == OWN


def test_INT_12_unavailable_bureau_makes_the_view_unavailable():
    view = merged(OWN, CreditView(CreditStatus.UNAVAILABLE))
    assert view.status is CreditStatus.UNAVAILABLE
    assert view.limit_fen == OWN.limit_fen
