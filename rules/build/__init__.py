"""The compiler's parts: normal form, needs, strata, patterns for the engine, generated Python for all else.

Place in the order's way: none; bundles are compiled before an order meets them. `rules/compile.py` is the front.
"""
