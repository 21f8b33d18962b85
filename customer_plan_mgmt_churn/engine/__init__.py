"""The past of the customers as numbers, and what is scored from it."""
