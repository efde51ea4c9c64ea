"""AWS: AMIs, load balancers, target health and alarms through boto3."""
