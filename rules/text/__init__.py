"""From letters to typed clauses: tokens, grammar, names, kinds, units, and the place of every mistake.

Place in the order's way: none; policies are read when a bundle is made.
"""
