"""Fitted models that outlive their run: bundles, new samples, selection, importance of markers."""
