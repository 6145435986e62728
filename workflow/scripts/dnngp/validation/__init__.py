"""Who is tested when, metrics, intervals, comparisons. Nothing here is fitted."""
