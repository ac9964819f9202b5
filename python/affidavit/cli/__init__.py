"""The command line, one file per command. stdout carries data, stderr speaks to people."""
