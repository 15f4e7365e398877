"""What can be found out about a derivative because it is source: where numbers go wrong."""
