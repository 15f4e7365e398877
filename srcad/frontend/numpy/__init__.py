"""NumPy: its functions, its arrays' methods, elements and views."""
