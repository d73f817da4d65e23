"""The API of what goes out: messages, webhooks, receipts, warehouse, tracks."""
