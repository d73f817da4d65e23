"""The HTTP door: reads a request, hands it to the pipeline or the desk, writes what they answer.

Place in the order's way: around the whole of it. Knows no SQL and decides nothing about orders; whatever can fail
fails as one of `orders.errors` and becomes a problem document in `problem.py`.
"""
