"""One call, whatever it asks: key, body, key of repetition, problem, answer."""
