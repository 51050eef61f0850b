"""The tables of the report: one builder a table, for the page and for papers alike."""
