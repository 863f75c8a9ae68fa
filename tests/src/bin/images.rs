//! Builds the container image of every function and the one for CI systems, and names them.

#![expect(clippy::print_stdout, reason = "a program for developers")]

fn main() {
    for name in checks::images::build() {
        println!("{}", checks::images::tag(name));
    }
}
