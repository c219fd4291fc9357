//! Keys that stand twice in an object: a parsed document does not show them, its bytes do.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::unknown::MOST_TOLD;
use crate::place::Place;

/// The keys that stand twice in the same object of the JSON document: `duplicate field
/// "spec.replicas"`. Nothing where the document is no JSON, which its parser tells better.
pub fn duplicate_fields(document: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut deserializer = serde_json::Deserializer::from_slice(document);
    let walk = Walk {
        place: Place::Root,
        found: &mut found,
    };
    match walk.deserialize(&mut deserializer) {
        Ok(()) => found,
        Err(_) => Vec::new(),
    }
}

/// Reads a value and keeps nothing of it but its keys while it is read.
struct Walk<'a, 'f> {
    place: Place<'a>,
    found: &'f mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Walk<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Walk<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for index in 0.. {
            let walk = Walk {
                place: self.place.index(index),
                found: self.found,
            };
            if items.next_element_seed(walk)?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(name) = members.next_key::<String>()? {
            let place = self.place.field(&name);
            members.next_value_seed(Walk {
                place,
                found: self.found,
            })?;
            if seen.contains(&name) && self.found.len() < MOST_TOLD {
                let told = format!("duplicate field \"{place}\"");
                if !self.found.contains(&told) {
                    self.found.push(told);
                }
            }
            seen.insert(name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_each_key_once() {
        let document = br#"{"spec":{"a":1,"a":2,"a":3,"l":[{"b":1},{"b":{},"b":{"c":1,"c":1}}]},"x":"a","y":"a"}"#;
        assert_eq!(
            duplicate_fields(document),
            [
                r#"duplicate field "spec.a""#,
                r#"duplicate field "spec.l[1].b.c""#,
                r#"duplicate field "spec.l[1].b""#
            ]
        );
        assert!(duplicate_fields(br#"{"a":1,"a":"#).is_empty());
    }
}
