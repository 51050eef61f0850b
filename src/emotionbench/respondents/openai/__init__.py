"""Models behind servers that speak OpenAI's protocols: chat, completions, batches, typed questions."""
