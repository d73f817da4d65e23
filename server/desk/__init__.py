"""The desk: what people and other systems do to documents, drafts, orders and holds after they came in.

Place in the order's way: beside the pipeline; every decision made here is appended and committed like the first one.
Knows neither HTTP nor screens; both call these functions.
"""
