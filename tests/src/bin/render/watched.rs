//! What stands in a function's place while kustomize builds: it calls the function, and notes what that did. kustomize
//! itself shows nothing of what functions say unless they fail.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, ExitCode};

use checks::binary::{self, Ran};
use sdk::{Function, Visitor};
use serde::{Deserialize, Serialize};

use crate::build::variable;
use crate::compared::{Compared, Counts};

/// Names where the functions are.
pub(crate) const FUNCTIONS: &str = "RENDER_FUNCTIONS";
/// Names the file of the notes.
pub(crate) const CALLS: &str = "RENDER_CALLS";

/// What a call of a function did.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Call {
    pub(crate) function: String,
    pub(crate) counts: Counts,
    /// What it said.
    pub(crate) told: String,
}

/// Name and kind of every function, and of several in one.
fn functions() -> Vec<(&'static str, &'static str)> {
    struct Functions(Vec<(&'static str, &'static str)>);
    impl Visitor for Functions {
        fn visit<F: Function>(&mut self) {
            self.0.push((F::NAME, F::KIND));
        }
    }
    let mut functions = Functions(vec![("plimsoll", sdk::PIPELINE)]);
    plimsoll::visit_all(&mut functions);
    functions.0
}

/// Where kustomize looks for the plugin of a kind.
fn place(kind: &str) -> String {
    format!("{}/{}/{kind}", sdk::API_VERSION, kind.to_lowercase())
}

/// Puts this program into a plugin folder, by the name of each function.
pub(crate) fn install(folder: &Path) -> io::Result<()> {
    let own = std::env::current_exe()?;
    for (_, kind) in functions() {
        let link = folder.join(place(kind));
        fs::create_dir_all(link.parent().unwrap_or(folder))?;
        symlink(&own, link)?;
    }
    Ok(())
}

/// Does what the function would, if it is called by the name of one.
pub(crate) fn serve(arguments: &[String]) -> Option<ExitCode> {
    let (program, arguments) = arguments.split_first()?;
    let name = Path::new(program).file_name()?;
    let function = functions().into_iter().find(|(_, kind)| *kind == name)?;
    Some(watch(function, arguments).unwrap_or_else(|error| {
        let _ = writeln!(io::stderr(), "{error}");
        ExitCode::FAILURE
    }))
}

fn watch((name, kind): (&str, &str), arguments: &[String]) -> Result<ExitCode, String> {
    let mut input = String::new();
    let read = io::stdin().read_to_string(&mut input);
    read.map_err(|error| format!("stdin: {error}"))?;
    let mut function = Command::new(variable(FUNCTIONS)?.join(place(kind)));
    let ran = binary::run(function.args(arguments), input.as_bytes());
    let written = io::stdout().write_all(ran.stdout.as_bytes());
    written
        .and_then(|()| io::stderr().write_all(ran.stderr.as_bytes()))
        .map_err(|error| error.to_string())?;
    if ran.code != Some(0) {
        return Ok(ExitCode::FAILURE);
    }
    note(name, &input, ran)?;
    Ok(ExitCode::SUCCESS)
}

fn note(name: &str, input: &str, ran: Ran) -> Result<(), String> {
    let call = Call {
        function: name.to_owned(),
        counts: Compared::of(input, &ran.stdout)?.counts(),
        told: ran.stderr,
    };
    let line = serde_json::to_string(&call).map_err(|error| error.to_string())?;
    let path = variable(CALLS)?;
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.and_then(|mut file| writeln!(file, "{line}"))
        .map_err(|error| error.to_string())
}
