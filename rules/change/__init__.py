"""Changes of policies: edits that keep the author's layout, differences in words, merges, and flipped decisions.

Place in the order's way: none; the workbench and backtests use it.
"""
