"""Plain Python without the ORM, testable without a database."""
