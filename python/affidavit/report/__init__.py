"""Results in words and tables: explain, inspect, and plain-text layout."""
