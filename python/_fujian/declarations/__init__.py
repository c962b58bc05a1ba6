"""TypeScript declarations of a module of the user's, from its type hints: docs/types.md."""
