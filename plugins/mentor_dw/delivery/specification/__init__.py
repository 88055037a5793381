"""What an extract promises: the specification file, its deadlines, and the receivers."""
