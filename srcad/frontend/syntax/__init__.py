"""From a function object to its syntax tree, and what is known before anything is lowered."""
