"""What is seen and done about everything that goes out."""
