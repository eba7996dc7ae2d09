"""What people may ask of their data: a copy, to be forgotten, and that nothing is kept longer than it is needed."""
