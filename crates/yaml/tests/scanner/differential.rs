//! Mutated documents, each read by both readers.

use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fmt, thread};

use plimsoll_yaml::{Error, Stream, decode_utf8, parse, parse_and_tell, parse_by_granit};

use crate::corpus;
use crate::mutate::mutate;
use crate::random::Random;
use crate::shrink::shrink;

/// As many as a test run has time for; `DOCUMENTS` asks for more.
const DOCUMENTS: usize = 200_000;
/// `SEED` asks for other documents.
const SEED: usize = 1876;
/// Documents that are made from one seed, whichever thread makes them.
const BATCH: usize = 1000;
/// More would only be more of the same.
const MAX_DIVERGENCES: usize = 12;

/// How many documents there were of each sort.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Figures {
    /// Read by the fast scanner alone.
    fast: usize,
    /// With items that were left to granit.
    partly: usize,
    /// Left to granit as a whole, at least one document of the stream.
    left: usize,
    refused: usize,
    /// No text at all, and refused as such.
    not_utf8: usize,
}

impl Figures {
    fn count(&self) -> usize {
        self.fast + self.partly + self.left + self.refused + self.not_utf8
    }

    fn add(&mut self, other: Self) {
        self.fast += other.fast;
        self.partly += other.partly;
        self.left += other.left;
        self.refused += other.refused;
        self.not_utf8 += other.not_utf8;
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} documents: {} read by the fast scanner, {} in part, {} left to granit, {} refused by both, {} not UTF-8",
            self.count(),
            self.fast,
            self.partly,
            self.left,
            self.refused,
            self.not_utf8
        )
    }
}

/// What became of a document; an error where the readers don't agree.
fn read(text: &str) -> Result<Figures, &'static str> {
    let read = catch_unwind(AssertUnwindSafe(|| {
        (
            parse_and_tell(text.to_owned()),
            parse_by_granit(text.to_owned()),
        )
    }));
    let (fast, slow) = read.map_err(|_| "a reader panics")?;
    match (&fast, &slow) {
        (Ok((fast, _)), Ok(slow)) if fast != slow => return Err("two trees"),
        (Err(fast), Err(slow)) if fast != slow => return Err("two errors"),
        (Ok(_), Err(_)) => return Err("the fast scanner accepts what granit refuses"),
        (Err(_), Ok(_)) => return Err("the fast scanner refuses what granit accepts"),
        (Ok(_), Ok(_)) | (Err(_), Err(_)) => {}
    }
    let mut figures = Figures::default();
    let is_left_whole = |stream: &Stream, left: &[Range<usize>]| {
        let mut documents = stream.documents();
        documents.any(|document| left.contains(&document.span()))
    };
    *match &fast {
        Err(_) => &mut figures.refused,
        Ok((_, left)) if left.is_empty() => &mut figures.fast,
        Ok((stream, left)) if is_left_whole(stream, left) => &mut figures.left,
        Ok(_) => &mut figures.partly,
    } = 1;
    Ok(figures)
}

/// Where readers don't agree, with what they make of the smallest text of that sort.
fn divergence(what: &'static str, text: &str) -> String {
    let smallest = shrink(text, |text| read(text) == Err(what));
    let tell = |stream: Result<Stream, Error>| match stream {
        Ok(stream) => format!("{:?}", stream.documents().collect::<Vec<_>>()),
        Err(error) => error.to_string(),
    };
    let readings = catch_unwind(|| {
        let (fast, slow) = (parse(smallest.clone()), parse_by_granit(smallest.clone()));
        format!("\n  fast:   {}\n  granit: {}", tell(fast), tell(slow))
    });
    format!("{what}: {smallest:?}{}", readings.unwrap_or_default())
}

/// The documents of one seed.
fn batch(texts: &[String], seed: u64, count: usize) -> (Figures, Vec<String>) {
    let (mut figures, mut divergences) = (Figures::default(), Vec::new());
    let mut random = Random(seed);
    for _ in 0..count {
        let pick = |random: &mut Random| texts[random.below(texts.len())].as_str();
        let (one, other) = (pick(&mut random), pick(&mut random));
        let text = mutate(&mut random, one, other);
        if random.one_in(50) {
            figures.add(read_bytes(&mut random, text));
            continue;
        }
        match read(&text) {
            Ok(read) => figures.add(read),
            Err(what) if divergences.len() < MAX_DIVERGENCES => {
                divergences.push(divergence(what, &text));
            }
            Err(_) => {}
        }
    }
    (figures, divergences)
}

/// Exchanges a byte, so that most texts are none any more.
fn read_bytes(random: &mut Random, text: String) -> Figures {
    let mut bytes = text.into_bytes();
    let at = random.below(bytes.len());
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 0x80;
    }
    match decode_utf8(bytes) {
        Ok(text) => read(&text).unwrap_or_else(|what| panic!("{}", divergence(what, &text))),
        Err(_) => Figures {
            not_utf8: 1,
            ..Figures::default()
        },
    }
}

fn asked(name: &str, default: usize) -> usize {
    let Ok(value) = env::var(name) else {
        return default;
    };
    value
        .parse()
        .unwrap_or_else(|_| panic!("{name} must be a number, not {value:?}"))
}

/// All documents, by as many threads as there are cores.
fn run(texts: &[String], seed: usize, count: usize) -> (Figures, Vec<String>) {
    let next = AtomicUsize::new(0);
    let work = || {
        let (mut figures, mut divergences) = (Figures::default(), Vec::new());
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let left = count.saturating_sub(number * BATCH);
            if left == 0 {
                return (figures, divergences);
            }
            let seed = Random((seed as u64) ^ ((number as u64) << 32)).below(usize::MAX) as u64;
            let (more, found) = batch(texts, seed, left.min(BATCH));
            figures.add(more);
            divergences.extend(found);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let mut all = (Figures::default(), Vec::new());
        for worker in workers {
            let (figures, divergences) = worker.join().expect("a worker ends");
            all.0.add(figures);
            all.1.extend(divergences);
        }
        all
    })
}

#[test]
fn mutated_documents_are_read_as_granit_reads_them_or_left_to_it() {
    let texts = corpus::texts();
    let count = asked("DOCUMENTS", DOCUMENTS);
    let (figures, mut divergences) = run(&texts, asked("SEED", SEED), count);
    println!(
        "{} seeds; {figures}; {} divergences",
        texts.len(),
        divergences.len()
    );
    divergences.sort_by_key(String::len);
    divergences.dedup();
    divergences.truncate(MAX_DIVERGENCES);
    assert!(divergences.is_empty(), "{}", divergences.join("\n"));
    assert_eq!(figures.count(), count);
    // A comparison of granit with itself would say nothing.
    assert!(figures.fast > count / 5, "{figures}");
    assert!(
        figures.left > count / 100 && figures.refused > count / 10,
        "{figures}"
    );
}

#[test]
fn the_same_seed_makes_the_same_documents() {
    let texts = corpus::texts();
    assert_eq!(batch(&texts, 1, 300), batch(&texts, 1, 300));
    assert_ne!(batch(&texts, 1, 300), batch(&texts, 2, 300));
}

#[test]
fn what_reads_a_text_is_seen() {
    let one = |text: &str| read(text).expect("both readers agree");
    let only = |change: fn(&mut Figures)| {
        let mut figures = Figures::default();
        change(&mut figures);
        figures
    };
    assert_eq!(one("a: b\n"), only(|figures| figures.fast = 1));
    assert_eq!(
        one("items:\n- a: b\n- a: &c d\n"),
        only(|figures| figures.partly = 1)
    );
    assert_eq!(one("a: &c d\n"), only(|figures| figures.left = 1));
    assert_eq!(one("a: [b\n"), only(|figures| figures.refused = 1));
}
