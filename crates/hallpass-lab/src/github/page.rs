//! Pages of a list, and the header that leads from one to the next.
//!
//! Source: GitHub Docs, "Using pagination in the REST API" (`page`, `per_page`, `link`).

use serde_json::Value;

use super::call::Call;

/// A page of a list.
pub(super) struct Page {
    /// The elements.
    pub(super) items: Vec<Value>,
    /// The `link` header, where there are other pages.
    pub(super) link: Option<String>,
}

impl Page {
    /// The page that the call asks for.
    pub(super) fn of(call: &Call<'_>, all: Vec<Value>, (default, most): (usize, usize)) -> Self {
        let number = |name| call.query(name).and_then(|text| text.parse::<usize>().ok());
        let size = number("per_page").filter(|size| *size > 0);
        let size = size.unwrap_or(default).min(most);
        let page = number("page").unwrap_or(1).max(1);
        let last = all.len().div_ceil(size).max(1);
        let items = all
            .into_iter()
            .skip((page - 1).saturating_mul(size))
            .take(size)
            .collect();
        Self {
            items,
            link: link(call, page, last),
        }
    }
}

fn link(call: &Call<'_>, page: usize, last: usize) -> Option<String> {
    let mut targets = Vec::new();
    if page > 1 {
        targets.push((page.saturating_sub(1).min(last), "prev"));
    }
    if page < last {
        targets.push((page.saturating_add(1), "next"));
        targets.push((last, "last"));
    }
    if page > 1 {
        targets.push((1, "first"));
    }
    let links: Vec<String> = targets
        .into_iter()
        .map(|(page, rel)| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (name, value) in call.parameters().iter().filter(|(name, _)| name != "page") {
                query.append_pair(name, value);
            }
            query.append_pair("page", &page.to_string());
            format!(
                "<{}{}?{}>; rel=\"{rel}\"",
                call.base,
                call.path,
                query.finish()
            )
        })
        .collect();
    (!links.is_empty()).then(|| links.join(", "))
}

/// How long pages of most lists are: by default, and at most.
pub(super) const USUAL: (usize, usize) = (30, 100);
/// The same for variables.
pub(super) const OF_VARIABLES: (usize, usize) = (10, 30);
