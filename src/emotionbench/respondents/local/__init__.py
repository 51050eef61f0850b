"""Models in this process: loading, batching, drawing and reading probabilities."""
