//! The parsers of the cluster's API, for the fuzz targets.

use http::HeaderValue;
use serde_json::Value;

use super::access::ADMINISTRATOR_TOKEN;
use super::names;
use super::page::Page;
use super::request::Target;
use super::selector::Selector;
use super::validate;
use super::view::View;
use crate::store::records::KubernetesObject;
use crate::world::World;

/// A path, a label selector, a field selector and an object, a line each.
///
/// # Panics
///
/// When a name is taken that could leave its folder.
pub fn kubernetes(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let mut lines = text.splitn(4, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let (path, labels, fields, body) = (line(), line(), line(), line());
    let body: Option<Value> = serde_json::from_str(body).ok();
    for name in [path, labels, fields] {
        if names::is_label(name) || names::is_subdomain(name) {
            let is_safe = !name.starts_with('.') && !name.contains(['/', '\\']);
            assert!(is_safe && !name.contains(".."), "{name}");
        }
    }
    let _ = Page::parse(labels);
    let (Some(target), Some(body)) = (Target::parse(path), body) else {
        return;
    };
    let object = KubernetesObject::new("", "pods", "n", "p", &body);
    let _ = View::of(&target).value(&object);
    if let Ok(selector) = Selector::parse(&target, labels, fields) {
        let _ = selector.takes(&object);
    }
    let _ = (target.qualified(), target.api_version(), target.display());
    if let Ok(object) = validate::typed(&target, body) {
        let _ = validate::metadata(&target, &object);
        let _ = validate::pod(&object);
    }
}

/// What the administrator's requests carry.
pub(crate) fn administrator(world: &World) -> Option<HeaderValue> {
    let token = world.store.read(|state| {
        let token = state.settings.get(ADMINISTRATOR_TOKEN)?;
        Some(format!("Bearer {}", token.value))
    })?;
    HeaderValue::from_str(&token).ok()
}
