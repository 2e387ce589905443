"""The floor: the least that Django takes for the same rows, as `startproject` makes a project."""
