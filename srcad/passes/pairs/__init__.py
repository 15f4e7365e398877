"""Complex numbers become pairs of real ones."""
