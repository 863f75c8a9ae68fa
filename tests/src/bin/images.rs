//! Builds the container image of every function, and names them.

#![expect(clippy::print_stdout, reason = "a program for developers")]

fn main() {
    checks::images::build();
    for name in checks::images::names() {
        println!("{}", checks::images::tag(name));
    }
}
