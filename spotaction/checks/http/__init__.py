"""The check of kind http: whom it asks, which rule of a load balancer takes its requests, and what responses say."""
