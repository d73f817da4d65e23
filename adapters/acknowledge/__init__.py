"""Our answers to orders in the sender's own standard, written from the decision."""
