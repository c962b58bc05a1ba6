"""Values that pass between JavaScript and Python: docs/values.md."""
