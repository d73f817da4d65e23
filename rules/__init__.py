"""Rules: what the risk team writes in YAML, turned into decisions about frozen facts.

Place in the order's way: decide. Pure: (facts, bundle) → `DecisionBody`; knows neither database nor HTTP.
"""
