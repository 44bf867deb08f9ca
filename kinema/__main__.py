"""`python -m kinema` is the same as `kinema`."""

from kinema.cli.main import main

main()
