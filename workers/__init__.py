"""Celery workers: publish, look up, measure. They hold no rules: a task is claim – call – settle."""
