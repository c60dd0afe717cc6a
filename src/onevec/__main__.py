"""`python -m onevec` is the command `onevec`."""

from onevec.cli import main

main()
