"""What the clock starts: cycles, work and its cases, samples."""
