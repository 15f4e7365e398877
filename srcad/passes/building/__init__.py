"""What all passes write with: statements under construction, entries, results, kinds of calls."""
