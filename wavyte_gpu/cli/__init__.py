"""The command line: `main.entry` parses and dispatches, each verb group is a file, `engine` alone opens sessions."""
