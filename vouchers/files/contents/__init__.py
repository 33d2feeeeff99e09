"""What is inside a file: looked at in the sandbox before it is kept, one module for each kind."""
