"""Code that runs as in a notebook: values, displays, plots, `await`, commands."""
