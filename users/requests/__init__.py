"""What is checked in any request: how large its body may be, and where it may lead back to."""
