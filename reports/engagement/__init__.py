"""Engagement reports: what came of posts, as frozen values computed once, in which nothing stands that may not be shown."""
