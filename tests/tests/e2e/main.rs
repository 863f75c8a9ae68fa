//! The ways to run, each driven by the real tool: `cargo test -p checks --test e2e kustomize::`.
//!
//! A test whose tool isn't there is ignored and says so; with `REQUIRE_TOOLS=1` it fails. `cargo run -p checks
//! --bin tools` gets what can be had.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "a test stops at the first surprise and says so"
)]

mod containers;
mod filter;
mod helm;
mod images;
mod job_image;
mod kpt;
mod kustomize;
mod multicall;
mod own_example;
mod plugin_folder;
mod same;
mod shop;

use std::collections::BTreeSet;
use std::process::ExitCode;

use checks::tools::Tool;
use libtest_mimic::{Arguments, Trial};

/// A claim, and what it takes to check it.
pub(crate) struct Test {
    name: String,
    needs: &'static [Tool],
    check: Box<dyn FnOnce() + Send>,
}

/// A test named like its function.
pub(crate) fn test<F: FnOnce() + Send + 'static>(needs: &'static [Tool], check: F) -> Test {
    let path = std::any::type_name_of_val(&check);
    let name = path.strip_prefix("e2e::").unwrap_or(path).to_owned();
    Test {
        name,
        needs,
        check: Box::new(check),
    }
}

impl Test {
    fn trial(self, missing: &BTreeSet<(&'static str, String)>) -> Trial {
        let lacks = self
            .needs
            .iter()
            .find_map(|need| missing.iter().find(|(name, _)| *name == need.name));
        match lacks {
            None => {
                let check = self.check;
                Trial::test(self.name, move || {
                    check();
                    Ok(())
                })
            }
            Some((name, why)) => {
                let why = why.clone();
                let trial = Trial::test(self.name, move || Err(format!("skipped: {why}").into()));
                trial
                    .with_kind(format!("skipped: {name}"))
                    .with_ignored_flag(!Tool::is_required())
            }
        }
    }
}

fn main() -> ExitCode {
    let tests = [
        kustomize::tests(),
        kpt::tests(),
        containers::tests(),
        images::tests(),
        own_example::tests(),
        job_image::tests(),
        plugin_folder::tests(),
        filter::tests(),
        helm::tests(),
        multicall::tests(),
        same::tests(),
    ];
    let tests: Vec<Test> = tests.into_iter().flatten().collect();
    let missing: BTreeSet<(&'static str, String)> = checks::tools::ALL
        .iter()
        .filter_map(|tool| {
            tool.find()
                .err()
                .map(|missing| (tool.name, missing.to_string()))
        })
        .collect();
    for (_, why) in &missing {
        eprintln!("skipped: {why}");
    }
    let trials = tests.into_iter().map(|test| test.trial(&missing)).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
