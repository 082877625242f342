"""What the scripts in `deploy/` share. Python 3 and its standard library, nothing else."""
