"""A small platform to pull orders from: for the tests, the benchmark, and for trying a channel without a shop.

Run it with ``python -m adapters.channels.stub --platform taobao --port 8098``. It speaks the dialect of each platform
that is pulled, checks every signature and token by itself, and can be told to misbehave.
"""
