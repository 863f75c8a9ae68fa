//! `make bench`: how long inject-probes takes and how much memory, against `cat` and against the naive function
//! beside it, for lists of 10 to 10,000 resources in kpt's and in kustomize's shape; and how long hash-configmaps takes
//! for up to 50,000 `ConfigMaps` with what reads them, and add-mtls-policies for up to 40,000 calls between workloads; into
//! `docs/numbers.md`.
//!
//! Nothing fails here because a machine is slow: the report says which targets are met.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a bench stops at the first surprise and tells how far it is"
)]
#![expect(
    clippy::cast_precision_loss,
    reason = "numbers for people, of a few digits"
)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use checks::binary;
use checks::generate::{self, Shape};

/// Any would do; the same one keeps reports comparable.
const SEED: u64 = 1876;

/// How many resources, and how many rounds of all programs.
const SIZES: [(usize, usize); 4] = [(10, 301), (100, 101), (1000, 31), (10_000, 11)];

/// What is asked for; each is "at most".
const MAX_OF_NAIVE: f64 = 0.25;
const MAX_OF_CAT: f64 = 25.0;
const MAX_OF_INPUT: f64 = 3.0;
const MAX_OF_CAT_FOR_TEN: f64 = 2.0;
const MAX_MEGABYTES: f64 = 3.0;

/// The functions after inject-probes, with their kinds and what gives them something to do: each on the same list
/// with a configuration of its own.
const OTHERS: [(&str, &str, &str); 1] = [(
    "set-resources",
    "SetResources",
    "    defaults:\n      size: medium\n      cpuLimit:\n        policy: equal\n",
)];
const MAX_OF_PROBES: f64 = 1.5;

/// A function that works on other lists, in which inject-probes has nothing to do.
struct Beside {
    name: &'static str,
    kind: &'static str,
    /// By the kind of the configuration, how many, and the seed.
    list: fn(&str, usize, u64) -> String,
    /// Whether the output has what is to be done for so many.
    check: fn(&str, usize),
    /// How many, and how many rounds.
    sizes: [(usize, usize); 3],
}

/// For 10,000 `ConfigMaps` or 2,000 workloads.
const MAX_OF_IDLE_PROBES: f64 = 4.0;

/// By how many `ConfigMaps` there are, each with a Deployment that reads it.
const HASHING: Beside = Beside {
    name: "hash-configmaps",
    kind: "HashConfigMaps",
    list: generate::configuration_list,
    check: check_all_renamed,
    sizes: [(1000, 21), (10_000, 7), (50_000, 3)],
};

/// By how many workloads there are, each with a Service and calls of others.
const MESH: Beside = Beside {
    name: "add-mtls-policies",
    kind: "AddMtlsPolicies",
    list: generate::mesh_list,
    check: check_all_let_in,
    sizes: [(500, 21), (2000, 11), (8000, 5)],
};

const CAT: usize = 0;
const PROBES: usize = 1;
const NAIVE: usize = 2;

fn main() {
    let folder = binary::target().join("bench");
    fs::create_dir_all(&folder).expect("the target folder can be written");
    let programs = programs();
    let mut rows = Vec::new();
    for shape in Shape::ALL {
        for (count, rounds) in SIZES {
            eprintln!(
                "{count} resources in {}'s shape, {rounds} rounds",
                shape.name()
            );
            rows.push(Row::measure(&folder, &programs, shape, count, rounds));
        }
    }
    let [hashing, mesh] = [HASHING, MESH].map(|beside| {
        beside.sizes.map(|(count, rounds)| {
            eprintln!("{count} in {}, {rounds} rounds", beside.name);
            BesideProbes::measure(&folder, &beside, count, rounds)
        })
    });
    let report = report(&rows, &hashing, &mesh, &binaries());
    let file = binary::root().join("docs/numbers.md");
    fs::create_dir_all(binary::root().join("docs")).expect("the docs can be written");
    fs::write(&file, &report).expect("the report can be written");
    eprintln!("\n{report}");
}

/// The programs to compare, by the constants above; built if need be.
fn programs() -> [PathBuf; 3] {
    // Two calls: what the checks ask of shared crates must not end up in the binary that is measured.
    build(&["--workspace", "--exclude", "checks", "--bins"]);
    build(&["--package", "checks", "--bin", "naive"]);
    let dist = binary::target().join("dist");
    [
        PathBuf::from("/bin/cat"),
        dist.join("inject-probes"),
        dist.join("naive"),
    ]
}

fn build(what: &[&str]) {
    let built = Command::new(env!("CARGO"))
        .args(["build", "--locked", "--profile", "dist"])
        .args(what)
        .current_dir(binary::root())
        .status()
        .expect("cargo runs");
    assert!(built.success(), "the binaries must build");
}

/// The sizes of the project's binaries.
fn binaries() -> Vec<(&'static str, u64)> {
    let size = |name| {
        let file = binary::target().join("dist").join(name);
        (name, file.metadata().expect("the binary is built").len())
    };
    [
        "inject-probes",
        "set-resources",
        "hash-configmaps",
        "add-mtls-policies",
        "plimsoll",
    ]
    .map(size)
    .into()
}

/// What was measured on one list.
#[derive(Debug)]
struct Row {
    shape: Shape,
    count: usize,
    bytes: usize,
    times: [Times; 3],
    /// Of the other functions.
    others: Vec<Times>,
    /// Where the list is big enough for it.
    memory: Option<[u64; 3]>,
}

/// The runs of a program, the fastest first.
#[derive(Debug)]
struct Times(Vec<Duration>);

impl Times {
    fn sorted(mut times: Vec<Duration>) -> Self {
        times.sort();
        Self(times)
    }

    /// In milliseconds.
    fn median(&self) -> f64 {
        self.0
            .get(self.0.len() / 2)
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }

    /// In milliseconds.
    fn fastest(&self) -> f64 {
        self.0
            .first()
            .map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
    }
}

impl Row {
    fn measure(
        folder: &Path,
        programs: &[PathBuf; 3],
        shape: Shape,
        count: usize,
        rounds: usize,
    ) -> Self {
        let list = generate::resource_list(shape, count, SEED);
        let input = folder.join(format!("{}-{count}.yaml", shape.name()));
        fs::write(&input, &list).expect("the target folder can be written");
        let output = folder.join("output.yaml");
        let outputs = programs.each_ref().map(|program| {
            // Also the warm-up.
            time(program, &input, &output);
            fs::read_to_string(&output).expect("the output is UTF-8")
        });
        check(&list, &outputs, generate::deployments(count));
        let others = OTHERS.map(|(name, kind, defaults)| {
            let program = binary::target().join("dist").join(name);
            let input = folder.join(format!("{name}-{}-{count}.yaml", shape.name()));
            let own = list.replacen("kind: InjectProbes", &format!("kind: {kind}"), 1) + defaults;
            fs::write(&input, &own).expect("the target folder can be written");
            time(&program, &input, &output);
            let changed = fs::read_to_string(&output).expect("the output is UTF-8");
            assert!(
                changed.len() > own.len() + 10 * generate::deployments(count),
                "{name} must have something to do"
            );
            (program, input)
        });
        let mut times = [(); 3].map(|()| Vec::new());
        let mut of_others = OTHERS.map(|_| Vec::new());
        for _ in 0..rounds {
            // In turns, so that a slow minute of the machine is slow for all.
            for (program, times) in programs.iter().zip(&mut times) {
                times.push(time(program, &input, &output));
            }
            for ((program, input), times) in others.iter().zip(&mut of_others) {
                times.push(time(program, input, &output));
            }
        }
        let times = times.map(Times::sorted);
        let others = of_others.map(Times::sorted).into();
        // The biggest alone: elsewhere it is the size of the program that is seen.
        let memory = (count == 10_000).then(|| {
            programs
                .each_ref()
                .map(|program| peak_memory(program, &input))
        });
        Self {
            shape,
            count,
            bytes: list.len(),
            times,
            others,
            memory,
        }
    }

    fn time_ratio(&self, of: usize, to: usize, pick: fn(&Times) -> f64) -> f64 {
        match (self.times.get(of), self.times.get(to)) {
            (Some(of), Some(to)) => pick(of) / pick(to),
            _ => f64::NAN,
        }
    }

    /// The time of another function, of inject-probes'.
    fn other_ratio(&self, number: usize, pick: fn(&Times) -> f64) -> f64 {
        match (self.others.get(number), self.times.get(PROBES)) {
            (Some(other), Some(probes)) => pick(other) / pick(probes),
            _ => f64::NAN,
        }
    }

    fn memory_ratio(&self, of: usize) -> f64 {
        let peak = self.memory.and_then(|memory| memory.get(of).copied());
        peak.map_or(f64::NAN, |peak| peak as f64 / self.bytes as f64)
    }
}

/// What was measured on a list in which inject-probes has nothing to do, and another function has.
#[derive(Debug)]
struct BesideProbes {
    count: usize,
    bytes: usize,
    probes: Times,
    function: Times,
}

impl BesideProbes {
    fn measure(folder: &Path, beside: &Beside, count: usize, rounds: usize) -> Self {
        let output = folder.join("output.yaml");
        let mut bytes = 0;
        let programs = [
            ("inject-probes", "InjectProbes"),
            (beside.name, beside.kind),
        ]
        .map(|(name, kind)| {
            let program = binary::target().join("dist").join(name);
            let input = folder.join(format!("{name}-beside-{count}.yaml"));
            let list = (beside.list)(kind, count, SEED);
            bytes = list.len();
            fs::write(&input, &list).expect("the target folder can be written");
            // Also the warm-up.
            time(&program, &input, &output);
            let changed = fs::read_to_string(&output).expect("the output is UTF-8");
            if kind == beside.kind {
                (beside.check)(&changed, count);
            } else {
                check_unchanged(&list, &changed);
            }
            (program, input)
        });
        let mut times = [Vec::new(), Vec::new()];
        for _ in 0..rounds {
            for ((program, input), times) in programs.iter().zip(&mut times) {
                times.push(time(program, input, &output));
            }
        }
        let [probes, function] = times.map(Times::sorted);
        Self {
            count,
            bytes,
            probes,
            function,
        }
    }

    fn ratio(&self, pick: fn(&Times) -> f64) -> f64 {
        pick(&self.function) / pick(&self.probes)
    }

    /// In microseconds for each that is counted.
    fn each(&self) -> f64 {
        self.function.median() * 1000.0 / self.count as f64
    }

    /// The cells that every such table has.
    fn cells(&self) -> String {
        let cell = |times: &Times| format!("{:.1} ms ({:.1})", times.median(), times.fastest());
        format!(
            "{:.1} MB | {} | {} | {:.2} ({:.2})",
            self.bytes as f64 / 1e6,
            cell(&self.probes),
            cell(&self.function),
            self.ratio(Times::median),
            self.ratio(Times::fastest),
        )
    }
}

fn check_all_renamed(output: &str, count: usize) {
    let notes = output.matches("    plimsoll.dev/content-hash: ").count();
    assert_eq!(notes, count, "hash-configmaps must rename every ConfigMap");
}

fn check_all_let_in(output: &str, count: usize) {
    let policies = output.matches("  kind: AuthorizationPolicy\n").count();
    assert_eq!(
        policies, count,
        "add-mtls-policies must write a policy for each workload"
    );
    let principals = output.matches("- cluster.local/ns/").count();
    assert_eq!(
        principals,
        count * generate::CALLS,
        "add-mtls-policies must let every caller in"
    );
}

fn check_unchanged(list: &str, output: &str) {
    let items = list.split_once("\nfunctionConfig:").map(|(items, _)| items);
    assert!(
        items.is_some_and(|items| output.starts_with(items)),
        "inject-probes must have nothing to do"
    );
}

/// Whether the programs do what they are timed for.
fn check(list: &str, outputs: &[String; 3], deployments: usize) {
    let [cat, probes, naive] = outputs;
    assert_eq!(list.len(), cat.len(), "cat must copy the list");
    let count = |text: &str| text.matches("readinessProbe:").count();
    assert_eq!(
        count(probes),
        count(list) + deployments,
        "inject-probes must add a probe to each Deployment"
    );
    assert_eq!(
        count(naive),
        count(list) + deployments,
        "the naive function must add a probe to each Deployment"
    );
}

/// From file to file, the start of the process included.
fn time(program: &Path, input: &Path, output: &Path) -> Duration {
    let stdin = File::open(input).expect("the list is there");
    // Emptied before the clock starts.
    let stdout = File::create(output).expect("the target folder can be written");
    let mut command = Command::new(program);
    command.stdin(stdin).stdout(stdout).stderr(Stdio::null());
    let start = Instant::now();
    let status = command
        .status()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let time = start.elapsed();
    assert!(status.success(), "{} must not fail", program.display());
    time
}

/// The most memory, in bytes, that a program had in use.
///
/// The kernel keeps the peak until the process ends. A process that writes into a full pipe can't end, so it is
/// asked each time before the pipe is emptied: only what happens while the last 64 KiB are written is missed.
fn peak_memory(program: &Path, input: &Path) -> u64 {
    let mut child = Command::new(program)
        .stdin(File::open(input).expect("the list is there"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut pipe = child.stdout.take().expect("stdout is a pipe");
    let mut buffer = vec![0; 1 << 16];
    let mut peak = 0;
    while pipe.read(&mut buffer).expect("the pipe can be read") > 0 {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kibibytes.unwrap_or_default() * 1024);
    }
    assert!(
        child.wait().expect("the program ends").success(),
        "{} must not fail",
        program.display()
    );
    assert!(
        peak > 0,
        "the peak is read from {}, which only Linux has",
        status.display()
    );
    peak
}

fn report(
    rows: &[Row],
    hashes: &[BesideProbes],
    meshes: &[BesideProbes],
    binaries: &[(&str, u64)],
) -> String {
    let mut text = format!(
        "# Numbers\n\n\
         Written by `make bench`; do not edit. Each program reads a file and writes a file, and the start of the process counts. The programs run in turns; \
         a time is the median of its runs, with the fastest in brackets. `naive` is the shortest function that adds a readiness probe to each Deployment with \
         `serde_yaml` (tests/src/bin/naive.rs); it loses every comment and checks nothing. The lists are made with a seed (tests/src/generate.rs).\n\n\
         Measured on {}.\n",
        machine()
    );
    targets(&mut text, rows, binaries);
    text += "\n## Time\n\n\
             | shape | resources | input | cat | inject-probes | naive | throughput | of cat | of naive |\n\
             |---|--:|--:|--:|--:|--:|--:|--:|--:|\n";
    for row in rows {
        let [cat, probes, naive] = &row.times;
        let megabytes = row.bytes as f64 / 1e6;
        let cell = |times: &Times| format!("{:.2} ms ({:.2})", times.median(), times.fastest());
        let ratio = |to| {
            format!(
                "{:.2} ({:.2})",
                row.time_ratio(PROBES, to, Times::median),
                row.time_ratio(PROBES, to, Times::fastest)
            )
        };
        let _ = writeln!(
            text,
            "| {} | {} | {megabytes:.2} MB | {} | {} | {} | {:.0} MB/s | {} | {} |",
            row.shape.name(),
            row.count,
            cell(cat),
            cell(probes),
            cell(naive),
            megabytes / (probes.median() / 1000.0),
            ratio(CAT),
            ratio(NAIVE),
        );
    }
    others(&mut text, rows);
    hashing(&mut text, hashes);
    mesh(&mut text, meshes);
    text += "\n## Peak memory\n\n\
             The most that was resident, the program itself included, and how many times the input that is.\n\n\
             | shape | input | cat | inject-probes | naive |\n|---|--:|--:|--:|--:|\n";
    for row in rows {
        let Some(memory) = row.memory else { continue };
        let cell = |of: usize| {
            let peak = memory.get(of).copied().unwrap_or_default();
            format!("{:.1} MB ({:.2})", peak as f64 / 1e6, row.memory_ratio(of))
        };
        let megabytes = row.bytes as f64 / 1e6;
        let _ = writeln!(
            text,
            "| {} | {megabytes:.1} MB | {} | {} | {} |",
            row.shape.name(),
            cell(CAT),
            cell(PROBES),
            cell(NAIVE)
        );
    }
    text += "\n## Binaries\n\nOf the `dist` profile, linked as the target does by default.\n\n| binary | size |\n|---|--:|\n";
    for (name, bytes) in binaries {
        let _ = writeln!(text, "| {name} | {:.2} MB |", *bytes as f64 / 1e6);
    }
    text
}

/// The other functions beside inject-probes.
fn others(text: &mut String, rows: &[Row]) {
    *text += "\n## The other functions\n\nOn the same lists, with `environment: production`.\n\n\
              | function | shape | resources | time | of inject-probes |\n|---|---|--:|--:|--:|\n";
    for (number, (name, ..)) in OTHERS.iter().enumerate() {
        for row in rows {
            let Some(times) = row.others.get(number) else {
                continue;
            };
            let _ = writeln!(
                text,
                "| {name} | {} | {} | {:.2} ms ({:.2}) | {:.2} ({:.2}) |",
                row.shape.name(),
                row.count,
                times.median(),
                times.fastest(),
                row.other_ratio(number, Times::median),
                row.other_ratio(number, Times::fastest),
            );
        }
    }
}

/// hash-configmaps, where it has most to do, beside inject-probes with nothing to do.
fn hashing(text: &mut String, rows: &[BesideProbes]) {
    *text += "\n## Hashing\n\nOn lists in kpt's shape of `ConfigMaps` of 1 KiB and as many Deployments, which each read one of them, as environment and as files, and \
              have all probes: hash-configmaps renames every ConfigMap and changes every Deployment, inject-probes has nothing to do.\n\n\
              | ConfigMaps | input | inject-probes | hash-configmaps | of inject-probes | for each ConfigMap |\n|--:|--:|--:|--:|--:|--:|\n";
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {:.1} µs |",
            row.count,
            row.cells(),
            row.each()
        );
    }
    let of = |count| rows.iter().find(|row| row.count == count);
    if let (Some(many), Some(most)) = (of(10_000), of(50_000)) {
        let _ = writeln!(
            text,
            "\n{} Each of 50,000 takes {:.2} times as long as each of 10,000.",
            held_against_probes(many, "10,000"),
            most.each() / many.each()
        );
    }
}

/// add-mtls-policies, where each workload is called, beside inject-probes with nothing to do.
fn mesh(text: &mut String, rows: &[BesideProbes]) {
    let calls = generate::CALLS;
    let _ = write!(
        text,
        "\n## A mesh\n\nOn lists in kpt's shape of Deployments, which have all probes and each state {calls} calls, and as many Services, in namespaces of 50 in \
         Istio: add-mtls-policies writes a policy for each namespace and for each Deployment, inject-probes has nothing to do.\n\n\
         | workloads | calls | input | inject-probes | add-mtls-policies | of inject-probes | for each call |\n|--:|--:|--:|--:|--:|--:|--:|\n"
    );
    for row in rows {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {:.1} µs |",
            row.count,
            row.count * calls,
            row.cells(),
            row.each() / calls as f64
        );
    }
    let of = |count| rows.iter().find(|row| row.count == count);
    if let (Some(many), Some(most)) = (of(2000), of(8000)) {
        let _ = writeln!(
            text,
            "\n{} Each call among 8,000 takes {:.2} times as long as each among 2,000.",
            held_against_probes(many, "2,000"),
            most.each() / many.each()
        );
    }
}

/// Whether a function is as fast as is asked for.
fn held_against_probes(row: &BesideProbes, count: &str) -> String {
    let ratio = row.ratio(Times::median);
    let verdict = if ratio <= MAX_OF_IDLE_PROBES {
        "met"
    } else {
        "**not met**"
    };
    format!(
        "Asked for with {count}: at most {MAX_OF_IDLE_PROBES} times the time of inject-probes. It is {ratio:.2}: {verdict}."
    )
}

/// What is asked for, beside what is.
fn targets(text: &mut String, rows: &[Row], binaries: &[(&str, u64)]) {
    *text += "\n## Targets\n\n| inject-probes | at most | kpt's shape | kustomize's shape | |\n|---|--:|--:|--:|---|\n";
    let of = |count, measure: &dyn Fn(&Row) -> f64| -> Vec<f64> {
        rows.iter()
            .filter(|row| row.count == count)
            .map(measure)
            .collect()
    };
    let mut line = |what: &str, most: f64, unit: &str, are: &[f64]| {
        let [kpt, kustomize] = are else {
            panic!("{what}: there are two shapes")
        };
        let is_met = are.iter().all(|is| *is <= most);
        let verdict = if is_met { "met" } else { "**not met**" };
        let _ = writeln!(
            text,
            "| {what} | {most}{unit} | {kpt:.2}{unit} | {kustomize:.2}{unit} | {verdict} |"
        );
    };
    line(
        "time of 10,000 resources, of naive's",
        MAX_OF_NAIVE,
        "",
        &of(10_000, &|row| row.time_ratio(PROBES, NAIVE, Times::median)),
    );
    line(
        "time of 10,000 resources, of cat's",
        MAX_OF_CAT,
        "",
        &of(10_000, &|row| row.time_ratio(PROBES, CAT, Times::median)),
    );
    line(
        "peak memory of 10,000 resources, of the input",
        MAX_OF_INPUT,
        "",
        &of(10_000, &|row| row.memory_ratio(PROBES)),
    );
    line(
        "time of 10 resources, of cat's",
        MAX_OF_CAT_FOR_TEN,
        "",
        &of(10, &|row| row.time_ratio(PROBES, CAT, Times::median)),
    );
    for (number, (name, ..)) in OTHERS.iter().enumerate() {
        line(
            &format!("time of 10,000 resources in {name}, of inject-probes'"),
            MAX_OF_PROBES,
            "",
            &of(10_000, &|row| row.other_ratio(number, Times::median)),
        );
    }
    let size = binaries
        .first()
        .map_or(f64::NAN, |(_, bytes)| *bytes as f64 / 1e6);
    line("size of the binary", MAX_MEGABYTES, " MB", &[size, size]);
}

/// What it runs on, without names and dates.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let cpus = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpus.lines().find(|line| line.starts_with("model name"));
    let model = model
        .and_then(|line| line.split_once(": "))
        .map_or("an unknown CPU", |(_, model)| model);
    let plural = if cores == 1 { "core" } else { "cores" };
    format!(
        "{cores} {plural} of {model}, {} {}, with {} and {}",
        std::env::consts::OS,
        std::env::consts::ARCH,
        first_line(Command::new("rustc").arg("--version")),
        first_line(Command::new("/bin/cat").arg("--version")),
    )
}

fn first_line(command: &mut Command) -> String {
    let output = command
        .output()
        .map(|output| output.stdout)
        .unwrap_or_default();
    String::from_utf8_lossy(&output)
        .lines()
        .next()
        .unwrap_or("unknown")
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::{BesideProbes, Duration, Row, Shape, Times, report};

    /// Rows where cat takes a millisecond, naive 100, and inject-probes this many for 10 and for 10,000 resources.
    fn rows(for_ten: u64, for_ten_thousand: u64) -> Vec<Row> {
        let mut rows = Vec::new();
        for shape in Shape::ALL {
            for (count, probes) in [(10, for_ten), (10_000, for_ten_thousand)] {
                let times = [1, probes, 100].map(|time| Times(vec![Duration::from_millis(time)]));
                let memory = (count == 10_000).then_some([1, 2_000_000, 9_000_000]);
                rows.push(Row {
                    shape,
                    count,
                    bytes: 1_000_000,
                    times,
                    others: vec![Times(vec![Duration::from_millis(probes)])],
                    memory,
                });
            }
        }
        rows
    }

    /// Ten milliseconds for inject-probes, and for another function as many as are given with each count.
    fn beside(times: [(usize, u64); 2]) -> [BesideProbes; 2] {
        times.map(|(count, time)| BesideProbes {
            count,
            bytes: 1_000_000,
            probes: Times(vec![Duration::from_millis(10)]),
            function: Times(vec![Duration::from_millis(time)]),
        })
    }

    #[test]
    fn hashing_is_held_against_probes_and_against_itself() {
        let of = |many, most| {
            report(
                &rows(1, 25),
                &beside([(10_000, many), (50_000, most)]),
                &[],
                &[],
            )
        };
        let good = of(40, 200);
        assert!(
            good.contains("It is 4.00: met. Each of 50,000 takes 1.00 times as long"),
            "{good}"
        );
        let slow = of(41, 410);
        assert!(
            slow.contains("It is 4.10: **not met**. Each of 50,000 takes 2.00 times as long"),
            "{slow}"
        );
    }

    #[test]
    fn a_mesh_is_held_against_probes_and_against_itself() {
        let of = |many, most| {
            report(
                &rows(1, 25),
                &[],
                &beside([(2000, many), (8000, most)]),
                &[],
            )
        };
        let good = of(40, 160);
        assert!(
            good.contains(
                "| 2000 | 10000 | 1.0 MB | 10.0 ms (10.0) | 40.0 ms (40.0) | 4.00 (4.00) | 4.0 µs |"
            ),
            "{good}"
        );
        assert!(
            good.contains("It is 4.00: met. Each call among 8,000 takes 1.00 times as long"),
            "{good}"
        );
        let slow = of(41, 328);
        assert!(
            slow.contains(
                "It is 4.10: **not met**. Each call among 8,000 takes 2.00 times as long"
            ),
            "{slow}"
        );
    }

    #[test]
    fn a_missed_target_is_said_to_be_missed() {
        let binaries = [("inject-probes", 2_500_000)];
        let good = report(&rows(1, 25), &[], &[], &binaries);
        assert_eq!(good.matches("| met |").count(), 6, "{good}");
        let slow = report(&rows(3, 26), &[], &[], &binaries);
        // Of naive, of cat, and of cat for ten.
        assert_eq!(slow.matches("| **not met** |").count(), 3, "{slow}");
        let big = report(&rows(1, 25), &[], &[], &[("inject-probes", 3_000_001)]);
        assert_eq!(big.matches("| **not met** |").count(), 1, "{big}");
    }

    #[test]
    fn the_median_is_the_run_in_the_middle() {
        let times = Times([1, 2, 9].map(Duration::from_millis).to_vec());
        assert!((times.median() - 2.0).abs() < 1e-9);
        assert!((times.fastest() - 1.0).abs() < 1e-9);
    }
}
