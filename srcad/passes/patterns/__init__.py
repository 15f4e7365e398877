"""Which inputs does each value depend on?"""
