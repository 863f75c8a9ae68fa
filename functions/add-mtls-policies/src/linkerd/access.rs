//! Who may call which port: a Server for the port, an authentication that names its callers, and a policy that lets
//! them in.

mod authored;
mod keeping;
mod making;
mod names;
mod unprotected;
mod wanted;

use std::collections::BTreeMap;

use sdk::{Plan, Workload};

use super::callers::{self, Callers, Complaints};
use super::inbound::InboundPolicy;
use super::view::View;
use authored::Authored;

pub(super) const ACCESS: &str = "access";

/// The Servers that hold from now on, by workload and container port.
pub(super) type Made = BTreeMap<(usize, u16), MadeServer>;

/// A Server that this run makes.
#[derive(Clone, Debug)]
pub(super) struct MadeServer {
    pub(super) name: String,
    /// What it lets in beyond what policies let in.
    pub(super) access: Option<InboundPolicy>,
}

/// What policies are made with.
struct Access<'v, 's, 'c, 'r> {
    view: &'v View<'s, 'c, 'r>,
    authored: Authored<'r>,
    /// By the numbers of workloads.
    names: Vec<String>,
    made: Made,
}

pub(super) fn plan(plan: &mut Plan, view: &View<'_, '_, '_>) -> Made {
    let mut access = Access {
        view,
        authored: Authored::new(view),
        names: names::all(view),
        made: Made::new(),
    };
    for workload in view.in_scope() {
        if plan.is_skipped(ACCESS, workload.pod) {
            // Says so.
            drop(plan.decide(ACCESS, workload.pod));
            continue;
        }
        access.workload(plan, workload);
    }
    access.made
}

impl<'v, 'r> Access<'v, '_, '_, 'r> {
    fn workload(&mut self, plan: &mut Plan, workload: &Workload<'r>) {
        let callers = self.callers(workload.number);
        let are_neighbours_in = wanted::lets_neighbours_in(self.view, &callers);
        let mut complaints = Complaints::default();
        let mut wanted = BTreeMap::new();
        for (port, callers) in &callers {
            if self.keeps(plan, workload, *port, callers) {
                continue;
            }
            let of_port = wanted::OfPort {
                view: self.view,
                workload,
                port: *port,
                callers,
                are_neighbours_in,
            };
            if let Some(one) = of_port.wanted(&mut complaints) {
                wanted.insert(*port, one);
            }
        }
        complaints.tell(plan, self.view, workload);
        unprotected::check(plan, self.view, workload, &callers);
        self.make(plan, workload, wanted);
    }

    /// The callers of each port that meets the proxy, of those without any too.
    fn callers(&self, workload: usize) -> BTreeMap<u16, Callers<'v>> {
        let mut callers = callers::of(self.view, workload);
        let served = self.view.listeners(workload).map(|(port, _)| port);
        let excepted = self.view.excepted_ports(workload).into_iter();
        for port in served.chain(excepted) {
            if !self.view.hides(workload, port) {
                callers.entry(port).or_default();
            }
        }
        callers
    }
}
