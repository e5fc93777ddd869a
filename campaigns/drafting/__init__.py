"""A campaign's document while people write it: its parts, where they come from, what they make, and how it is judged."""
