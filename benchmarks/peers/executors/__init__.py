"""One model a file; each has a class Peer, and the name py_<file>."""
