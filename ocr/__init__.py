"""Image or PDF → words with boxes, rules and quality, in a subprocess that may be killed.

Place in the order's way: the lower half of **read**. Knows nothing of orders: what a word means is decided above,
in `intake/fields`. The doors are `ocr.sandbox.Sandbox` and the shapes of `ocr.page`.
"""
