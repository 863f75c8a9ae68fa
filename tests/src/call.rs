//! Functions as library calls, by their names.

use sdk::{Error, Function, Ran, Visitor};

/// Runs the function of this name, or the one whose configuration is of this kind; each change, keep and skip is told.
pub fn call(function: &str, config: &str, input: &str) -> Result<Ran, Error> {
    struct Call<'c> {
        function: &'c str,
        config: &'c str,
        input: &'c str,
        ran: Option<Result<Ran, Error>>,
    }
    impl Visitor for Call<'_> {
        fn visit<F: Function>(&mut self) {
            if [F::NAME, F::KIND].contains(&self.function) {
                self.ran = Some(sdk::run::<F>(self.config, self.input, true));
            }
        }
    }
    let mut call = Call {
        function,
        config,
        input,
        ran: None,
    };
    plimsoll::visit_all(&mut call);
    call.ran
        .unwrap_or_else(|| panic!("there is no function {function}"))
}

/// The same of a call that can be served.
#[track_caller]
pub fn served(function: &str, config: &str, input: &str) -> Ran {
    let ran = call(function, config, input);
    ran.unwrap_or_else(|error| panic!("{error}: {config} {input}"))
}
