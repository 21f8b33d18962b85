"""Plain Python without the ORM: the grid of past days, the fit, the formula."""
