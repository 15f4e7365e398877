"""Arrays that a loop binds again: copied, exchanged, or rows of one."""
