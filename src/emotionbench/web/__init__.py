"""The pages of a study: for the people who take part, and for the researcher."""
