"""Runs the scenarios: the simulator, the program, the invariants after every command, and the steps."""
