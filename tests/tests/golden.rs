//! One named test per golden case of every function: `cargo test -p checks --test golden inject-probes/`.

use std::path::Path;
use std::process::{Command, ExitCode};

use checks::binary;
use checks::golden::{self, Runner};
use libtest_mimic::{Arguments, Failed, Trial};
use sdk::{Error, Function, Ran, Visitor};

struct Real<F>(std::marker::PhantomData<F>);

impl<F: Function> Runner for Real<F> {
    fn library(&self, config: &str, input: &str) -> Result<Ran, Error> {
        sdk::run::<F>(config, input, true)
    }

    fn binary(&self, config: &Path, input: &Path) -> (Option<i32>, String) {
        let ran = binary::run(Command::new(binary::path(F::NAME)).arg("--config").arg(config).arg(input), b"");
        (ran.code, ran.stdout)
    }
}

struct Cases {
    trials: Vec<Trial>,
    update: bool,
}

impl Visitor for Cases {
    fn visit<F: Function>(&mut self) {
        let folder = binary::root().join("functions").join(F::NAME).join("tests");
        let cases = golden::cases(&folder);
        for required in ["basic", "keeps-", "rejects-"] {
            let is_there = cases.iter().any(|case| case.file_name().is_some_and(|name| name.to_string_lossy().starts_with(required)));
            assert!(is_there, "{} needs a case {required}…", F::NAME);
        }
        for case in cases {
            let update = self.update;
            let name = format!("{}/{}", F::NAME, case.file_name().unwrap_or_default().to_string_lossy());
            let check = move || golden::check(&case, &Real::<F>(std::marker::PhantomData), update).map_err(Failed::from);
            self.trials.push(Trial::test(name, check));
        }
    }
}

fn main() -> ExitCode {
    let update = std::env::var_os("UPDATE").is_some();
    assert!(!(update && std::env::var_os("CI").is_some()), "CI never writes what it expects");
    let mut cases = Cases { trials: Vec::new(), update };
    plimsoll::visit_all(&mut cases);
    libtest_mimic::run(&Arguments::from_args(), cases.trials).exit_code()
}
