"""What runs the scenarios: the simulator, the program, what holds after every command, and the steps."""
