//! GitHub Actions workflows: models, contexts, expressions. No I/O.
