"""The command line. Each file is one command: arguments in, one call, text out."""
