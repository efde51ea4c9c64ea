"""CloudWatch metrics: values by minute, and the queries of GetMetricData."""
