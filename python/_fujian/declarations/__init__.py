"""Generates TypeScript declarations from the type hints of a user module: docs/types.md."""
