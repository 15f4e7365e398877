"""Power series of every active number."""
