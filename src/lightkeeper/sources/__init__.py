"""Public sources: one module each: list, fetch, parse."""
