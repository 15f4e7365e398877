"""What the operators cost: against single sweeps, hand-written code and JAX."""
