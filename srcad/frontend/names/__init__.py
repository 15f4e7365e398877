"""What names and expressions mean while a function is lowered, and the state of that."""
