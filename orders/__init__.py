"""The words that everybody speaks: plain frozen values, standard library only.

Place in the order's way: the ground under every step. Imports nothing of the other rooms.
"""
