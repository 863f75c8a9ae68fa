//! All edges of a graph, from every source.

use super::Graph;
use super::calls::Calls;
use super::edge::{EdgeOptions, Edges};
use super::{annotations, explicit, inferred, topology};

impl Graph<'_> {
    /// Who calls whom: what topologies, annotations, objects and texts of the input say together.
    ///
    /// A call that is stated for some requests alone and known for any from elsewhere is two edges.
    pub fn edges(&self, options: EdgeOptions<'_>) -> Edges {
        let mut calls = Calls::new(self, options);
        explicit::add_redirects(&mut calls);
        topology::add(&mut calls);
        annotations::add(&mut calls);
        explicit::add(&mut calls);
        if options.inference {
            inferred::add(&mut calls);
        }
        calls.finish()
    }
}
