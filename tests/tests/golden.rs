//! One named test per golden case of every function: `cargo test -p checks --test golden inject-probes/`.

#![expect(clippy::panic, reason = "a test stops at the first surprise")]

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
        let ran = binary::run(
            Command::new(binary::path(F::NAME))
                .arg("--config")
                .arg(config)
                .arg(input),
            b"",
        );
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
        golden::has_required(F::NAME, &cases).unwrap_or_else(|message| panic!("{message}"));
        for case in cases {
            let update = self.update;
            let name = format!(
                "{}/{}",
                F::NAME,
                case.file_name().unwrap_or_default().to_string_lossy()
            );
            let check = move || {
                golden::check(&case, &Real::<F>(std::marker::PhantomData), update)
                    .map_err(Failed::from)
            };
            self.trials.push(Trial::test(name, check));
        }
    }
}

fn main() -> ExitCode {
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let update = golden::is_update(is_set("UPDATE"), is_set("CI"))
        .unwrap_or_else(|message| panic!("{message}"));
    let mut cases = Cases {
        trials: Vec::new(),
        update,
    };
    plimsoll::visit_all(&mut cases);
    libtest_mimic::run(&Arguments::from_args(), cases.trials).exit_code()
}
