"""What goes out: messages, destinations, parcels, receivables and who is told."""
