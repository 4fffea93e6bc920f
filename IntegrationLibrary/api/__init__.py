"""HTTP exchanges: recorded as they happen, judged afterwards."""
