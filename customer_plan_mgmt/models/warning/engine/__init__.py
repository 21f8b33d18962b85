"""Facts about all customers of a company on one day, as SQL."""
