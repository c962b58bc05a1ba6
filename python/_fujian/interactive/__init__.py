"""Notebook features: values, displays, plots, `await`, commands."""
