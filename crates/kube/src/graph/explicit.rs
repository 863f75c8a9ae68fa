//! What objects state that are there for it: routes, monitors, sets of peers.

mod gateway_api;
mod gateways;
mod ingress;
mod label_index;
mod peers;
mod scrapes;
mod virtual_service;

use yaml::{Node, Path};

use super::calls::Calls;
use super::edge::{Evidence, Strength};
use crate::resource::{Place, Resource};

/// Adds where routes within the mesh send requests for a Service.
pub(super) fn add_redirects(calls: &mut Calls<'_, '_>) {
    virtual_service::add_redirects(calls);
    gateway_api::add_redirects(calls);
}

/// Adds what all objects state.
pub(super) fn add(calls: &mut Calls<'_, '_>) {
    ingress::add(calls);
    gateway_api::add(calls);
    virtual_service::add(calls);
    scrapes::add(calls);
    peers::add(calls);
}

/// A value of an object with its path.
#[derive(Clone, Debug)]
struct Field<'r> {
    node: Node<'r>,
    path: Path,
}

impl<'r> Field<'r> {
    fn at(object: &'r Resource<'r>, keys: &[&str]) -> Option<Self> {
        let node = object.node.at(keys)?;
        let mut path = Path::default();
        for key in keys {
            path = path.join(*key);
        }
        Some(Self { node, path })
    }

    fn get(&self, key: &str) -> Option<Self> {
        let node = self.node.get(key).filter(|node| !node.is_null())?;
        let path = self.path.join(key);
        Some(Self { node, path })
    }

    fn items(&self) -> impl Iterator<Item = Self> + use<'r> {
        let base = self.path.clone();
        let items = self.node.items().enumerate();
        items.map(move |(index, node)| Self {
            node,
            path: base.join(index),
        })
    }

    /// The items of the list `key`.
    fn list(&self, key: &str) -> impl Iterator<Item = Self> + use<'r> {
        self.get(key).into_iter().flat_map(|list| list.items())
    }

    fn text(&self, key: &str) -> Option<std::borrow::Cow<'r, str>> {
        let node = self.get(key)?.node;
        node.text().filter(|text| !text.is_empty())
    }
}

/// `Ingress shop/web: spec.rules[0]`, with the place.
fn evidence(calls: &Calls<'_, '_>, object: &Resource<'_>, path: Path) -> Evidence {
    let namespace = calls.graph.resources.namespace_of(object);
    let text = format!("{} {namespace}/{}: {path}", object.kind(), object.name());
    let resource = object.number;
    Evidence::new(Strength::Explicit, text, Place { resource, path })
}
