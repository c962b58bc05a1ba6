"""Conversion of values between JavaScript and Python: docs/values.md."""
