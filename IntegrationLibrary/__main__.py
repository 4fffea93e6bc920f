"""`python -m IntegrationLibrary` is the command `rfintegration`."""

from IntegrationLibrary.cli import main

main(prog_name="rfintegration")
