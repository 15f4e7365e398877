"""The last steps: expressions, names and loops as one would write them."""
