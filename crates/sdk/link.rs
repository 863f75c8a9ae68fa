//! How programs of the profile `dist` are linked, which no profile can say: this is the build script of each package
//! with programs.
#![expect(clippy::print_stdout, reason = "so build scripts talk to cargo")]

use std::env;
use std::path::Path;

/// Nothing unwinds where a panic aborts, so that a program need not hold the tables for it, a twelfth of it.
const NO_UNWINDING: &str = "SECTIONS {
  /DISCARD/ : { *(.eh_frame) *(.eh_frame.*) *(.gcc_except_table*) }
} INSERT AFTER .text;
";

fn main() -> std::io::Result<()> {
    let said = |name: &str| env::var_os(name).unwrap_or_default();
    // No other profile is optimised for size.
    let is_dist = said("OPT_LEVEL") == "s" || said("OPT_LEVEL") == "z";
    if !is_dist || said("CARGO_CFG_TARGET_OS") != "linux" {
        return Ok(());
    }
    let script = Path::new(&said("OUT_DIR")).join("no-unwinding.ld");
    std::fs::write(&script, NO_UNWINDING)?;
    let mut arguments = vec![
        "--no-eh-frame-hdr".to_owned(),
        format!("--script={}", script.display()),
    ];
    // There the compiler brings LLVM's linker, which also keeps but one of functions that are the same.
    if said("CARGO_CFG_TARGET_ARCH") == "x86_64" && said("CARGO_CFG_TARGET_ENV") == "gnu" {
        arguments.push("--icf=all".to_owned());
    }
    for argument in arguments {
        println!("cargo::rustc-link-arg-bins=-Xlinker\ncargo::rustc-link-arg-bins={argument}");
    }
    Ok(())
}
