"""An engine child that misbehaves on request, to prove that the server survives it: by words in the order's number."""

import ctypes
import os
import time
from pathlib import Path

import orjson

from rules.process import child


def decide(facts, bundle, check):
    number = orjson.loads(facts)["head"].get("order.number", "")
    word, _, path = number.partition(":")
    if word.startswith("once-") and not Path(path).exists():
        Path(path).touch()
        word = word.removeprefix("once-")
    if word == "segfault":
        ctypes.string_at(0)
    if word == "hang":
        time.sleep(60)
    if word == "hang-in-c":
        ctypes.PyDLL(None).sleep(60)  # with the GIL held, as the engine would
    if word == "exit":
        os._exit(3)
    return child.judge(facts, bundle, check)


def main():
    child.main(decide)
