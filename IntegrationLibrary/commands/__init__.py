"""The commands of `rfintegration`: one file is one command."""
