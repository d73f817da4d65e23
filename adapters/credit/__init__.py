"""Sources of credit facts (征信); asked while the context of an order is read."""
