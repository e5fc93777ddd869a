"""What a rehearsal is made of and what it came to, as values that pages, commands and the play itself share. Plays nothing."""
