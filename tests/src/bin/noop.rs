//! What `make bench` compares the start of a function with: a program that does nothing.

fn main() {}
