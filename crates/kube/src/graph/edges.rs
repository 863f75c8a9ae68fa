//! All edges of a graph, from every source.

use yaml::threads;

use super::Graph;
use super::calls::Calls;
use super::edge::{EdgeOptions, Edges};
use super::inferred::Texts;
use super::{annotations, explicit, topology};

impl Graph<'_> {
    /// Who calls whom: what topologies, annotations, objects and texts of the input say together.
    ///
    /// A call that is stated for some requests alone and known for any from elsewhere is two edges.
    pub fn edges(&self, options: EdgeOptions<'_>) -> Edges {
        let mut calls = Calls::new(self, options);
        explicit::add_redirects(&mut calls);
        topology::add(&mut calls);
        explicit::add(&mut calls);
        annotations::tell_misplaced(&mut calls);
        let texts = options.inference.then(|| Texts::new(self));
        let parts = threads::map_parts(self.workloads.len(), |part| {
            let mut found = calls.begin_part();
            let mut reader = texts.as_ref().map(Texts::reader);
            for workload in self.workloads.get(part).unwrap_or_default() {
                let is_open = annotations::add(&mut found, workload);
                if let Some(reader) = reader.as_mut().filter(|_| is_open) {
                    reader.read(&mut found, workload);
                }
            }
            found
        });
        for part in parts {
            calls.append(part);
        }
        calls.finish()
    }
}
