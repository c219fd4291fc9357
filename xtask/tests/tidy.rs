//! The tree keeps its rules, and each rule, shown a broken fixture, names the culprit.

#![expect(clippy::indexing_slicing, reason = "the helpers are part of the tests")]

use std::collections::BTreeSet;

use xtask::Fault;
use xtask::tidy::{
    CodePage, CodeUse, Dependency, Edges, Kind, Package, check, code_pages, codes_in,
    first_sentence, floors, manifest, reaches, source,
};
use xtask::tree::Tree;

#[test]
fn the_tree_keeps_its_rules() {
    let faults = check(&Tree::of_this_workspace()).unwrap();
    assert!(faults.is_empty(), "\n{}\n", printed(&faults).join("\n"));
}

fn printed(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(Fault::to_string).collect()
}

/// Exactly one fault, which says all of `parts`.
#[track_caller]
fn fires(faults: &[Fault], parts: &[&str]) {
    let printed = printed(faults);
    assert_eq!(printed.len(), 1, "{printed:?}");
    for part in parts {
        assert!(printed[0].contains(part), "{printed:?} does not say {part}");
    }
}

fn package(name: &str, dependencies: &[(&str, Kind, &str)]) -> Package {
    let dependency = |&(name, kind, feature): &(&str, Kind, &str)| Dependency {
        name: name.to_owned(),
        kind,
        features: vec![feature.to_owned()],
    };
    Package {
        name: name.to_owned(),
        dependencies: dependencies.iter().map(dependency).collect(),
    }
}

/// The faults of `name` depending on `other`, both being members of the workspace.
fn inside(name: &str, other: &str, kind: Kind) -> Vec<Fault> {
    floors(&[package(name, &[(other, kind, "")]), package(other, &[])])
}

/// The faults of `name` depending on `other`, which is somebody else's.
fn outside(name: &str, other: &str, kind: Kind, feature: &str) -> Vec<Fault> {
    floors(&[package(name, &[(other, kind, feature)])])
}

#[test]
fn a_crate_may_use_lower_floors_only() {
    let normal = Kind::Normal;
    assert_eq!(inside("hallpass-iam", "hallpass-types", normal), []);
    assert_eq!(inside("hallpass-lab", "hallpass-inject", normal), []);
    assert_eq!(inside("hallpass", "hallpass-lab", normal), []);
    for (name, other) in [
        ("hallpass-types", "hallpass-diag"),
        ("hallpass-types", "hallpass-iam"),
        ("hallpass-iam", "hallpass-oidc"),
        ("hallpass-lab", "hallpass-chain"),
        ("hallpass-lab", "hallpass-aws"),
        ("hallpass-runtime", "hallpass-lab"),
        ("hallpass-iam", "xtask"),
        ("xtask", "hallpass"),
        ("hallpass-testkit", "hallpass-iam"),
    ] {
        fires(
            &inside(name, other, normal),
            &[&format!("{name}: floors"), other],
        );
    }
}

#[test]
fn tests_are_held_to_the_floors_as_well() {
    fires(
        &inside("hallpass-iam", "hallpass-lab", Kind::Development),
        &["hallpass-iam: floors", "hallpass-lab"],
    );
}

#[test]
fn the_testkit_is_for_tests() {
    let testkit = "hallpass-testkit";
    assert_eq!(inside("hallpass-lab", testkit, Kind::Development), []);
    for kind in [Kind::Normal, Kind::Build] {
        fires(
            &inside("hallpass-lab", testkit, kind),
            &["hallpass-lab: floors", testkit],
        );
    }
}

#[test]
fn an_unknown_crate_is_asked_for_its_floor() {
    fires(
        &floors(&[package("hallpass-utils", &[])]),
        &["hallpass-utils", "no floor"],
    );
}

#[test]
fn lower_floors_name_nothing_that_does_io() {
    assert_eq!(outside("hallpass-lab", "tokio", Kind::Normal, ""), []);
    assert_eq!(outside("hallpass-iam", "tokio", Kind::Development, ""), []);
    for other in ["axum", "hyper", "reqwest", "rustls", "tokio"] {
        for name in ["hallpass-types", "hallpass-oidc", "hallpass-chain"] {
            fires(
                &outside(name, other, Kind::Normal, ""),
                &[name, other, "no I/O"],
            );
        }
    }
}

#[test]
fn lower_floors_reach_no_io_through_others() {
    let edge = |from: &str, to: &str| (from.to_owned(), BTreeSet::from([to.to_owned()]));
    let edges = Edges::from([
        edge("hallpass-oidc", "a"),
        edge("a", "b"),
        edge("b", "tokio"),
    ]);
    let packages = [package("hallpass-oidc", &[]), package("hallpass-lab", &[])];
    fires(
        &reaches(&packages, &edges),
        &["hallpass-oidc -> a -> b -> tokio"],
    );
    assert_eq!(
        reaches(&packages, &Edges::from([edge("hallpass-lab", "tokio")])),
        []
    );
}

#[test]
fn some_crates_are_named_by_one_crate_or_none() {
    assert_eq!(outside("hallpass-cluster", "kube", Kind::Normal, ""), []);
    fires(
        &outside("hallpass-operator", "kube", Kind::Normal, ""),
        &["hallpass-operator", "`kube`", "only `hallpass-cluster`"],
    );
    for other in ["openssl", "native-tls"] {
        fires(
            &outside("hallpass-aws", other, Kind::Normal, ""),
            &["hallpass-aws", other],
        );
    }
    assert_eq!(outside("hallpass", "miette", Kind::Normal, "fancy"), []);
    assert_eq!(
        outside("hallpass-iam", "miette", Kind::Normal, "derive"),
        []
    );
    fires(
        &outside("hallpass-iam", "miette", Kind::Normal, "fancy-no-backtrace"),
        &["hallpass-iam", "renderer"],
    );
}

const MANIFEST: &str = "[package]\nname = \"hallpass-x\"\nversion.workspace = true\n\
    edition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\n\
    publish.workspace = true\n[lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n";

#[test]
fn a_manifest_inherits_lints_versions_and_the_rest() {
    let without = |line: &str| manifest("hallpass-x", &MANIFEST.replace(line, ""));
    assert_eq!(without("no such line"), []);
    fires(
        &without("[lints]\nworkspace = true\n"),
        &["hallpass-x/Cargo.toml", "lints"],
    );
    fires(
        &without("edition.workspace = true\n"),
        &["hallpass-x/Cargo.toml", "edition"],
    );
    let versioned = MANIFEST.replace("serde.workspace = true", "serde = \"1\"");
    fires(
        &manifest("hallpass-x", &versioned),
        &["hallpass-x/Cargo.toml", "serde"],
    );
    fires(
        &manifest("hallpass-y", MANIFEST),
        &["hallpass-y/Cargo.toml", "folder"],
    );
    fires(
        &manifest("hallpass-x", "["),
        &["hallpass-x/Cargo.toml", "parse"],
    );
}

#[test]
fn a_file_opens_with_its_purpose() {
    assert_eq!(source("crates/x/src/a.rs", "//! What.\n", false), []);
    fires(
        &source("crates/x/src/a.rs", "// What.\n", false),
        &["crates/x/src/a.rs", "//!"],
    );
}

#[test]
fn a_file_has_a_limit() {
    let long = format!("//! What.\n{}", "\n".repeat(600));
    fires(
        &source("crates/x/src/a.rs", &long, false),
        &["crates/x/src/a.rs", "601 lines"],
    );
    let main = format!("//! What.\n{}", "\n".repeat(60));
    assert_eq!(source("crates/x/src/main.rs", &main, false), []);
    let path = "crates/hallpass/src/main.rs";
    fires(&source(path, &main, false), &[path, "61 lines"]);
}

#[test]
fn a_root_holds_no_logic() {
    let text = "//! What.\nmod a;\n// fn b() {}\npub fn c() {}\n";
    for (path, has_children) in [("crates/x/src/lib.rs", false), ("crates/x/src/a.rs", true)] {
        fires(&source(path, text, has_children), &[path, "`c` on line 4"]);
    }
    assert_eq!(source("crates/x/src/a.rs", text, false), []);
    assert_eq!(source("crates/x/tests/a.rs", text, true), []);
}

#[test]
fn a_root_is_named_after_its_folder() {
    fires(
        &source("crates/x/src/a/mod.rs", "//! What.\n", false),
        &["a/mod.rs"],
    );
}

const PAGE: &str = "# trust/no-audience\n\n## What it means\n\nAny audience\nwill do. Really.\n\n\
    ## Cause\n\nC.\n\n## Fix\n\nF.\n";

fn page(path: &str, text: &str) -> CodePage {
    CodePage {
        path: path.to_owned(),
        text: text.to_owned(),
    }
}

fn written(code: &str) -> CodeUse {
    CodeUse {
        code: code.to_owned(),
        at: "crates/x/src/a.rs:7".to_owned(),
    }
}

#[test]
fn a_code_has_one_page_and_a_page_has_a_code() {
    let (code, path) = ("trust/no-audience", "docs/codes/trust/no-audience.md");
    let pages = [page(path, PAGE)];
    assert_eq!(code_pages(&[written(code), written(code)], &pages), []);
    fires(
        &code_pages(&[written(code), written("trust/other")], &pages),
        &[
            "crates/x/src/a.rs:7",
            "`trust/other`",
            "docs/codes/trust/other.md",
        ],
    );
    fires(&code_pages(&[], &pages), &[path, "no source file writes"]);
}

#[test]
fn a_page_has_its_title_and_sections() {
    let (code, path) = ("trust/no-audience", "docs/codes/trust/no-audience.md");
    let with =
        |from: &str, to: &str| code_pages(&[written(code)], &[page(path, &PAGE.replace(from, to))]);
    fires(
        &with("# trust/no-audience", "# no-audience"),
        &[path, "does not open"],
    );
    fires(&with("## Cause", "## Why"), &[path, "sections"]);
    fires(
        &with("Any audience\nwill do. Really.", ""),
        &[path, "says nothing"],
    );
    assert_eq!(first_sentence(PAGE), "Any audience will do.");
}

#[test]
fn codes_are_found_where_they_are_written() {
    let text = r#"
        #[diagnostic(
            code("policy/unknown-effect"),
            help("x")
        )]
        // code("policy/in-a-comment")
        const A: Code = Code::known("trust/no-audience");
        let b = "a/b".parse::<Code>();
        reply.code("AccessDenied");
        #[cfg(test)]
        mod tests { const T: Code = Code::known("only/a-test"); }
    "#;
    let (uses, faults) = codes_in("crates/x/src/a.rs", text);
    let found: Vec<&str> = uses.iter().map(|found| found.code.as_str()).collect();
    assert_eq!(found, ["policy/unknown-effect", "trust/no-audience", "a/b"]);
    assert_eq!(uses[0].at, "crates/x/src/a.rs:3");
    assert_eq!(faults, []);
}

#[test]
fn a_diagnostic_writes_its_code_literally() {
    for wrong in ["code(policy::unknown_effect)", "code(\"UnknownEffect\")"] {
        let text = format!("#[diagnostic({wrong}, help(\"x\"))]");
        let (_, faults) = codes_in("crates/x/src/a.rs", &text);
        fires(&faults, &["crates/x/src/a.rs:1", "area/kebab-name"]);
    }
}
