//! The table of symptoms, row by row: the real tool shows what the page says it does, and the doctor says why and
//! what to do, in the words of the page.

use checks::binary::Ran;
use checks::tools::Tool;

use crate::machine::Machine;
use crate::page::rows;

mod configurations;
mod plugins;
mod programs;

const PLUGINS: &[&str] = &["--enable-alpha-plugins"];
const PROGRAMS: &[&str] = &["--enable-alpha-plugins", "--enable-exec"];

/// What a tool and the doctor say of a machine.
struct Case {
    built: Ran,
    doctor: Ran,
}

impl Machine {
    fn case(&self, tool: &Tool, flags: &[&str]) -> Case {
        Case {
            built: self.build(tool, flags),
            doctor: self.doctor(&[]),
        }
    }
}

impl Case {
    /// The row of this reason is true of both, and the doctor ends with this code.
    #[track_caller]
    fn shows(&self, why: &str, code: i32) {
        let Self { built, doctor } = self;
        let rows = rows();
        let row = rows.iter().find(|row| row.why == why);
        let row = row.unwrap_or_else(|| panic!("the page has no row: {why}"));
        if let Some(words) = &row.seen {
            assert_ne!(built.code, Some(0));
            assert!(built.stderr.contains(words), "{words}: {}", built.stderr);
        } else {
            assert_eq!(built.code, Some(0), "{}", built.stderr);
            assert!(!built.stdout.contains("readinessProbe"));
            assert_eq!(built.stderr, "", "nobody is told");
        }
        for words in [&row.told, &row.remedy] {
            assert!(doctor.stdout.contains(words), "{words}:\n{}", doctor.stdout);
        }
        assert_eq!(doctor.code, Some(code), "{}", doctor.stdout);
        assert_eq!(doctor.stderr, "");
    }
}
