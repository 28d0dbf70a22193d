"""report/__init__.py: results of the suite as text and pictures."""
