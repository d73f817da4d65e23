"""Outlets that enter orders into an ERP; one file per system, docs/adapters.md is their contract."""
