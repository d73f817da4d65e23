"""Signed events to subscribers (Standard Webhooks 1.0); fed by dispatch."""
