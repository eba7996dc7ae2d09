"""`qabot setup`: what is asked (`questions`), a file of answers (`answers`), what is written (`writing`), `command`."""
