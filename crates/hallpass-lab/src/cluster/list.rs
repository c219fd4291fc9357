//! Getting and listing objects.
//!
//! Source: Kubernetes documentation, "Kubernetes API Concepts" (resource versions of get and list,
//! `resourceVersionMatch`, chunks, "410 Gone").

use std::sync::Arc;

use serde_json::{Value, json};

use super::listing::Listing;
use super::objects;
use super::operate::Operation;
use super::page::Page;
use super::selector::Selector;
use super::snapshot::{Extent, NoSnapshot, Snapshot};
use super::status::{Cause, Status};
use super::view::View;
use crate::store::records::KubernetesObject;
use crate::world::World;

/// At which version a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Exactly(u64),
    /// The present one, which must not be older.
    NotBefore(u64),
}

impl Operation {
    /// One object.
    pub(super) async fn get(&self, world: &World) -> Result<Value, Status> {
        let target = &self.target;
        let (group, resource) = target.storage();
        let found = world.store.read(|state| {
            objects::get(state, group, resource, &target.namespace, target.name()).cloned()
        });
        let object = found.ok_or_else(|| Status::not_found(&target.qualified(), target.name()))?;
        // What is shown is on disk.
        world.cluster.history.reached(object.head.version).await;
        Ok(View::of(target).value(&object))
    }

    /// The objects that the selectors take.
    pub(super) async fn list(&self, world: &World) -> Result<Listing, Status> {
        let options = &self.options;
        let selector = Selector::parse(
            &self.target,
            &options.label_selector,
            &options.field_selector,
        )?;
        let at = self.wanted_version()?;
        let page = match options.continuation.as_str() {
            "" => None,
            token => Some(Page::parse(token)?),
        };
        let version = match (&page, at) {
            (Some(page), _) => u64::try_from(page.version).ok(),
            (None, At::Exactly(version)) => Some(version),
            (None, At::NotBefore(_)) => None,
        };
        let mut after = page.map(|page| page.after);
        let limit = if options.limit == 0 {
            usize::MAX
        } else {
            options.limit
        };
        let mut found: Vec<Arc<KubernetesObject>> = Vec::new();
        let mut snapshot = self.snapshot(world, after.as_deref(), limit, version)?;
        if let At::NotBefore(wanted) = at
            && wanted > snapshot.version
        {
            return Err(Status::version_in_the_future(wanted, snapshot.version));
        }
        let at_version = snapshot.version;
        loop {
            let taken = snapshot.objects.iter();
            found.extend(taken.filter(|object| selector.takes(object)).cloned());
            let last = snapshot.objects.last();
            after = last.map(|last| format!("{}/{}", last.namespace, last.name));
            if snapshot.remaining == 0 || found.len() >= limit {
                break;
            }
            // The selectors have left room on this page.
            let missing = limit.saturating_sub(found.len()).max(MIN_STEP);
            snapshot = self.snapshot(world, after.as_deref(), missing, Some(at_version))?;
        }
        let surplus = found.len().saturating_sub(limit);
        found.truncate(limit);
        world.cluster.history.reached(at_version).await;
        let has_more = snapshot.remaining > 0 || surplus > 0;
        let exact = selector.is_empty().then_some(snapshot.remaining);
        Ok(self.listing(at_version, found, has_more, exact))
    }

    /// The list of these objects.
    pub(super) fn listing(
        &self,
        version: u64,
        objects: Vec<Arc<KubernetesObject>>,
        has_more: bool,
        remaining: Option<usize>,
    ) -> Listing {
        let mut metadata = json!({ "resourceVersion": version.to_string() });
        if let (true, Some(last), Some(fields)) =
            (has_more, objects.last(), metadata.as_object_mut())
        {
            let version = i64::try_from(version).unwrap_or(-1);
            let page = Page::after(version, &last.namespace, &last.name);
            fields.insert("continue".to_owned(), json!(page.token()));
            if let Some(remaining) = remaining {
                fields.insert("remainingItemCount".to_owned(), json!(remaining));
            }
        }
        Listing {
            kind: self.target.list_kind(),
            api_version: self.target.api_version(),
            metadata,
            objects,
            view: View::of(&self.target),
        }
    }

    pub(super) fn snapshot(
        &self,
        world: &World,
        after: Option<&str>,
        at_most: usize,
        version: Option<u64>,
    ) -> Result<Snapshot, Status> {
        let (group, resource) = self.target.storage();
        let extent = Extent {
            group,
            resource,
            namespace: &self.target.namespace,
            after,
            at_most,
        };
        let history = &world.cluster.history;
        let taken = world
            .store
            .read(|state| Snapshot::take(state, history, &extent, version));
        taken.map_err(|fault| match fault {
            NoSnapshot::Future { present } => {
                Status::version_in_the_future(version.unwrap_or_default(), present)
            }
            NoSnapshot::Past => match after {
                Some(after) => {
                    let (namespace, name) = after.split_once('/').unwrap_or_default();
                    Status::expired_page(&Page::after(-1, namespace, name).token())
                }
                None => Status::expired(EXPIRED.to_owned()),
            },
        })
    }

    /// The version that the list shall have.
    fn wanted_version(&self) -> Result<At, Status> {
        let options = &self.options;
        let version = parse_version(&options.resource_version)?;
        let given = &options.resource_version_match;
        let refused =
            |cause: Cause| Err(Status::invalid("meta.k8s.io", "ListOptions", "", &[cause]));
        let field = "resourceVersionMatch";
        if !options.continuation.is_empty() {
            if !given.is_empty() {
                let why = "resourceVersionMatch is forbidden when continue is provided";
                return refused(Cause::forbidden(field, why));
            }
            if version.is_some_and(|version| version > 0) {
                return Err(Status::bad_request(
                    "specifying resource version is not allowed when using continue",
                ));
            }
            return Ok(At::NotBefore(0));
        }
        match (given.as_str(), version) {
            ("", None | Some(0)) => Ok(At::NotBefore(0)),
            // Of old, a page at a version is of exactly that version.
            ("", Some(version)) if options.limit > 0 => Ok(At::Exactly(version)),
            ("" | "NotOlderThan", Some(version)) => Ok(At::NotBefore(version)),
            ("Exact", Some(0)) => {
                let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
                refused(Cause::forbidden(field, why))
            }
            ("Exact", Some(version)) => Ok(At::Exactly(version)),
            ("Exact" | "NotOlderThan", None) => {
                let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
                refused(Cause::forbidden(field, why))
            }
            (other, _) => refused(Cause::unsupported(field, other, &["Exact", "NotOlderThan"])),
        }
    }
}

/// Reads a resource version; none where it is left out.
pub(super) fn parse_version(text: &str) -> Result<Option<u64>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    let version = text.parse().map_err(|_| {
        let why = format!("strconv.ParseUint: parsing {}: invalid syntax", json!(text));
        let cause = Cause::invalid("resourceVersion", json!(text), &why);
        Status::invalid("meta.k8s.io", "ListOptions", "", &[cause])
    })?;
    Ok(Some(version))
}

const EXPIRED: &str = "The resourceVersion for the provided list is too old.";
// So that a selector that takes little does not walk in single steps.
const MIN_STEP: usize = 1000;
