"""One module for each version; the SQL of the first lies beside it."""
