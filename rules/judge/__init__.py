"""Judging one order: a session with the engine per stratum, the firings, and the decision composed of them.

Place in the order's way: inside decide.
"""
