"""The demonstration behind `python -m srcad demo`."""
