"""The clock: it says when, and holds no rule. Each job asks the store what is due and nudges the workers."""
