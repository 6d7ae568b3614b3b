"""What a council does with a file that a school sends it: is it what its name says, is it whole, and what is wrong
with the return in it."""
