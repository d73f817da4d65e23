"""Synthetic order pages with known truth: layouts × fonts × damage, from fixed seeds.

The reading room is measured and tested on these; nothing of the product imports them.
"""
