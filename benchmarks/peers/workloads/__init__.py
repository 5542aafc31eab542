"""One workload a file, called as in C++: each has a class Peer."""
