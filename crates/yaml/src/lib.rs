//! Lossless YAML: edit the text, keep every untouched byte.
//!
//! [`parse`] makes a tree whose nodes are spans of the text; [`Node`] reads it; [`apply`] turns an
//! RFC 6902 patch into edits of that same text and proves that the result means the patched value.

mod apply;
mod build;
mod decode;
mod emit;
mod granit;
mod nodes;
pub mod order;
mod overlay;
mod packed;
mod parse;
mod path;
mod proof;
mod quote;
mod read;
mod resolve;
mod scan;
mod splice;
mod style;
mod text;
pub mod threads;
mod tree;
mod value;

pub use apply::{Edited, Holder, apply, edits, held_items};
pub use build::Limits;
pub use emit::{Style, list_item, list_item_of, to_string};
pub use json_patch;
pub use packed::Packed;
pub use parse::{parse, parse_and_tell, parse_by_granit, parse_within};
pub use path::{Path, Step};
pub use proof::spliced;
pub use quote::{Quote, needs_quotes};
pub use read::{Mistake, data, did_you_mean, fields_of, read, read_all, read_value};
pub use resolve::Scalar;
pub use splice::Edit;
pub use text::{Error, Position, decode_utf8};
pub use tree::{Document, Entries, Items, Kind, Node, Stream};
