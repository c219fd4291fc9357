//! Parameters of the AWS Query protocol: a form, with lists as `Name.member.1`.
//!
//! Source: Smithy specification, "AWS Query protocol".

use std::collections::BTreeMap;

use super::error::ApiError;

/// The parameters of one call, each at most once: two readers of a request must never differ about it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(BTreeMap<String, String>);

impl Params {
    /// Reads a form. Fails when there are more parameters than any call takes, and when a name is
    /// given twice: what is authorised must not be another reading than what is done.
    pub(crate) fn parse(form: &[u8]) -> Result<Self, ApiError> {
        let mut params = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(form) {
            if params.len() == MAX_PARAMS {
                return Err(ApiError::malformed_body("too many parameters"));
            }
            if params
                .insert(name.into_owned(), value.into_owned())
                .is_some()
            {
                return Err(ApiError::malformed_body("a parameter is given twice"));
            }
        }
        Ok(Self(params))
    }

    /// All of them, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter();
        all.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A copy without those of these names.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let kept = self.0.iter();
        let kept = kept.filter(|(name, _)| !names.contains(&name.as_str()));
        Self(
            kept.map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
    }

    /// A parameter, where it is given.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that must be given.
    pub(crate) fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.get(name).ok_or_else(|| ApiError::missing(name))
    }

    /// A number, where it is given.
    pub(crate) fn number<N: std::str::FromStr>(&self, name: &str) -> Result<Option<N>, ApiError> {
        self.get(name)
            .map(|text| {
                text.parse().map_err(|_| {
                    ApiError::new(400, "MalformedInput", format!("`{name}` must be a number"))
                })
            })
            .transpose()
    }

    /// `true` or `false`, where it is given.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(ApiError::new(
                400,
                "MalformedInput",
                format!("`{name}` must be `true` or `false`"),
            )),
        }
    }

    /// A list of strings: `name.member.1`, `name.member.2`, ...
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        (1..)
            .map_while(|index| self.get(&format!("{name}.member.{index}")))
            .collect()
    }

    /// A list of structures: the parameters of each, without the prefix.
    pub(crate) fn structures(&self, name: &str) -> Vec<Self> {
        (1..=MAX_PARAMS)
            .map(|index| self.below(&format!("{name}.member.{index}.")))
            .take_while(|member| !member.0.is_empty())
            .collect()
    }

    /// `Tags.member.N.Key` and `.Value`, with IAM's limits on each.
    pub(crate) fn tags(&self, name: &str) -> Result<Vec<(String, String)>, ApiError> {
        self.structures(name)
            .iter()
            .map(|tag| {
                let key = tag.required("Key")?;
                let value = tag.get("Value").unwrap_or_default();
                if key.is_empty() || key.chars().count() > 128 || value.chars().count() > 256 {
                    return Err(ApiError::validation(
                        "a tag takes a key of 1 to 128 characters and a value of at most 256",
                    ));
                }
                Ok((key.to_owned(), value.to_owned()))
            })
            .collect()
    }

    fn below(&self, prefix: &str) -> Self {
        let below = self
            .0
            .range(prefix.to_owned()..)
            .map_while(|(name, value)| {
                let rest = name.strip_prefix(prefix)?;
                Some((rest.to_owned(), value.clone()))
            })
            .collect();
        Self(below)
    }
}

// SimulateCustomPolicy with a thousand actions and contexts stays below.
const MAX_PARAMS: usize = 10_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lists_and_structures() {
        let params = Params::parse(
            b"A=1&L.member.1=x&L.member.2=y%20z&T.member.1.Key=k&T.member.1.Value=v&T.member.10.Key=z",
        )
        .unwrap();
        assert_eq!(params.required("A").unwrap(), "1");
        assert_eq!(params.list("L"), ["x", "y z"]);
        assert_eq!(
            params.tags("T").unwrap(),
            [("k".to_owned(), "v".to_owned())]
        );
        assert_eq!(params.required("B").unwrap_err().code, "ValidationError");
    }

    #[test]
    fn a_name_is_given_once() {
        for form in ["Action=A&Action=B", "a=&a=", "%61=1&a=1"] {
            let error = Params::parse(form.as_bytes()).unwrap_err();
            assert_eq!(error.code, "MalformedInput", "{form}");
        }
    }
}
