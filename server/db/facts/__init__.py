"""What a decision reads, once: catalogue, customer, standing."""
