"""What is kept for the way back, decided before the first adjoint statement is written."""
