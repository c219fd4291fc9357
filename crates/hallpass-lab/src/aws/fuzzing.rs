//! The AWS port's parsers, for the fuzz targets.

use super::page::Page;
use super::params::Params;

pub use super::signature::fuzzing::sigv4;

/// A form: every way in which operations read their parameters.
///
/// # Panics
///
/// When a page holds more than was asked for.
pub fn query(input: &[u8]) {
    let Ok(params) = Params::parse(input) else {
        return;
    };
    let _ = params.required("Action");
    let _ = params.number::<i32>("DurationSeconds");
    let _ = params.flag("SetAsDefault");
    let _ = params.list("ActionNames");
    let _ = params.tags("Tags");
    for structure in params.structures("ContextEntries") {
        let _ = (
            structure.get("ContextKeyName"),
            structure.list("ContextKeyValues"),
        );
    }
    if let Ok(page) = Page::cut(&params, 1000..3000, i32::to_string) {
        assert!(page.items.len() <= 1000, "a page has an upper bound");
        page.write_end(&mut super::xml::Xml::default());
    }
}
