//! Lists of ports in annotations: `8080, 9000-9010`.

use std::ops::RangeInclusive;

/// Ports as an annotation lists them; parts that are no ports are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PortRanges(Vec<RangeInclusive<u16>>);

impl PortRanges {
    /// Reads a list of numbers and ranges, separated by commas.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self(text.split(',').filter_map(range).collect())
    }

    /// Whether the port is among them.
    #[must_use]
    pub fn contains(&self, port: u16) -> bool {
        self.0.iter().any(|range| range.contains(&port))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ranges, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &RangeInclusive<u16>> {
        self.0.iter()
    }
}

fn range(text: &str) -> Option<RangeInclusive<u16>> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    Some(from.trim().parse().ok()?..=to.trim().parse().ok()?)
}
