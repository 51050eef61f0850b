"""Who can be asked: language models over HTTP, and synthetic respondents in process."""
