"""Speed of derivatives side by side: `python -m benchmarks --help`."""
