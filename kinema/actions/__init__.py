"""Recognising what people do, from their poses over time."""
