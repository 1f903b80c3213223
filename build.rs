//! Embedded migrations are part of the program: a change of theirs rebuilds it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
