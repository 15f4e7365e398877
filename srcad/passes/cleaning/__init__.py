"""After every pass: zeros, copies, repeated and dead work, tests that are settled."""
