"""What every benchmark measures with: servers, visits, crowds, figures, and the table of results."""
