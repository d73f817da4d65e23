"""Schools: timetables that deliveries must fit into."""
