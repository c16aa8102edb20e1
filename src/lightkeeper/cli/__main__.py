"""`python -m lightkeeper.cli` is the command line too."""

from lightkeeper.cli import main

main()
