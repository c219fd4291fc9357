//! The parts of a signature: scope, time, signed headers; from the header or the URL.

use aws_lc_rs::digest;
use hallpass_types::Timestamp;
use http::request::Parts;

use super::fault::Fault;
use crate::aws::front::{Service, header};
use crate::identity::LabIdentity;

/// A signature as it came in.
#[derive(Debug)]
pub(super) struct SignedRequest {
    pub(super) access_key_id: String,
    pub(super) scope: Scope,
    pub(super) signed_headers: Vec<String>,
    pub(super) signature: String,
    pub(super) session_token: Option<String>,
    /// `20261123T201821Z`.
    pub(super) date_time: String,
    /// How long a presigned URL holds; absent for a header.
    pub(super) expires_seconds: Option<i64>,
}

/// What the signature is good for.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) date: String,
    pub(super) region: String,
    pub(super) service: String,
}

impl SignedRequest {
    /// Reads the signature of the header, or else of the URL.
    pub(super) fn read(parts: &Parts) -> Result<Self, Fault> {
        if let Some(authorization) = header(parts, "authorization") {
            return Self::of_header(parts, authorization);
        }
        let query = parts.uri.query().unwrap_or_default();
        if query.contains("X-Amz-Signature=") {
            return Self::of_query(query);
        }
        Err(Fault::Missing)
    }

    fn of_header(parts: &Parts, authorization: &str) -> Result<Self, Fault> {
        let fields = authorization
            .strip_prefix(ALGORITHM)
            .filter(|rest| rest.starts_with(' '))
            .ok_or_else(|| {
                Fault::Incomplete(format!(
                    "Authorization header requires '{ALGORITHM}' as its algorithm."
                ))
            })?;
        let field = |name: &str| {
            fields
                .split(',')
                .find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='))
                .filter(|value| !value.is_empty())
                .ok_or_else(|| {
                    Fault::Incomplete(format!("Authorization header requires '{name}' parameter."))
                })
        };
        let date_time = header(parts, "x-amz-date").ok_or_else(|| {
            Fault::Incomplete(
                "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
                    .to_owned(),
            )
        })?;
        let (access_key_id, scope) = Scope::read(field("Credential")?)?;
        Ok(Self {
            access_key_id,
            scope,
            signed_headers: split_headers(field("SignedHeaders")?),
            signature: field("Signature")?.to_owned(),
            session_token: header(parts, "x-amz-security-token").map(str::to_owned),
            date_time: date_time.to_owned(),
            expires_seconds: None,
        })
    }

    fn of_query(query: &str) -> Result<Self, Fault> {
        let find = |name: &str| {
            form_urlencoded::parse(query.as_bytes())
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.into_owned())
        };
        let field = |name: &str| {
            find(name).ok_or_else(|| {
                Fault::Incomplete(format!(
                    "AWS query-string parameters must include '{name}'."
                ))
            })
        };
        if field("X-Amz-Algorithm")? != ALGORITHM {
            return Err(Fault::Incomplete(format!(
                "the query string requires '{ALGORITHM}' as its algorithm."
            )));
        }
        let (access_key_id, scope) = Scope::read(&field("X-Amz-Credential")?)?;
        let expires_seconds = match find("X-Amz-Expires") {
            None => Some(DEFAULT_EXPIRES_SECONDS),
            Some(text) => text
                .parse()
                .ok()
                .filter(|seconds| (1..=MAX_EXPIRES_SECONDS).contains(seconds)),
        };
        let expires_seconds = expires_seconds.ok_or_else(|| {
            Fault::Incomplete(format!(
                "X-Amz-Expires must be a number from 1 to {MAX_EXPIRES_SECONDS} seconds."
            ))
        })?;
        Ok(Self {
            access_key_id,
            scope,
            signed_headers: split_headers(&field("X-Amz-SignedHeaders")?),
            signature: field("X-Amz-Signature")?,
            session_token: find("X-Amz-Security-Token"),
            date_time: field("X-Amz-Date")?,
            expires_seconds: Some(expires_seconds),
        })
    }

    /// Refuses a signature that is too old, or from the future, by more than five minutes.
    pub(super) fn check_time(&self, now: Timestamp) -> Result<(), Fault> {
        let signed = read_time(&self.date_time).ok_or_else(|| {
            Fault::Incomplete(format!(
                "Date must be in ISO-8601 'basic format'. Got '{}'.",
                self.date_time
            ))
        })?;
        if !self.date_time.starts_with(&self.scope.date) {
            return Err(Fault::Refused(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != '{}'.",
                self.scope.date, self.date_time
            )));
        }
        let age = now.as_second() - signed.as_second();
        let lifetime = self.expires_seconds.unwrap_or(SKEW_SECONDS);
        let basic = |time: Timestamp| time.strftime("%Y%m%dT%H%M%SZ").to_string();
        if age > lifetime {
            return Err(Fault::Refused(format!(
                "Signature expired: {} is now earlier than {} ({} - {} min.)",
                self.date_time,
                Timestamp::from_second(now.as_second() - lifetime)
                    .map_or_else(|_| String::new(), basic),
                basic(now),
                lifetime / 60,
            )));
        }
        if age < -SKEW_SECONDS {
            return Err(Fault::Refused(format!(
                "Signature not yet current: {} is still later than {} ({} + 5 min.)",
                self.date_time,
                Timestamp::from_second(now.as_second() + SKEW_SECONDS)
                    .map_or_else(|_| String::new(), basic),
                basic(now),
            )));
        }
        Ok(())
    }

    /// The text that is signed.
    pub(super) fn string_to_sign(&self, canonical_request: &str) -> String {
        let Scope {
            date,
            region,
            service,
        } = &self.scope;
        let hash = hex::encode(digest::digest(
            &digest::SHA256,
            canonical_request.as_bytes(),
        ));
        format!(
            "{ALGORITHM}\n{}\n{date}/{region}/{service}/aws4_request\n{hash}",
            self.date_time
        )
    }
}

impl Scope {
    /// Reads `KEY/20261123/us-west-2/sts/aws4_request`.
    fn read(credential: &str) -> Result<(String, Self), Fault> {
        let parts: Vec<&str> = credential.split('/').collect();
        match parts.as_slice() {
            [key, date, region, service, "aws4_request"] if !key.is_empty() => Ok((
                (*key).to_owned(),
                Self {
                    date: (*date).to_owned(),
                    region: (*region).to_owned(),
                    service: (*service).to_owned(),
                },
            )),
            _ => Err(Fault::Incomplete(
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."
                    .to_owned(),
            )),
        }
    }

    /// Refuses a signature for another service or region.
    pub(super) fn check(&self, service: Service, identity: &LabIdentity) -> Result<(), Fault> {
        if self.service != service.name() {
            return Err(Fault::Refused(format!(
                "Credential should be scoped to correct service: '{}'.",
                service.name()
            )));
        }
        let own = identity.region.as_str();
        let global = identity.partition.global_region();
        // The one port stands for the global endpoints of IAM, STS and Organizations, and for the
        // regional ones.
        let is_global = service.is_query() || service == Service::Organizations;
        let is_known = self.region == own || (is_global && self.region == global);
        if is_known {
            Ok(())
        } else {
            Err(Fault::Refused(format!(
                "Credential should be scoped to a valid region, not '{}'. The lab stands in '{own}'.",
                self.region
            )))
        }
    }
}

fn split_headers(text: &str) -> Vec<String> {
    text.split(';').map(str::to_owned).collect()
}

fn read_time(text: &str) -> Option<Timestamp> {
    let civil = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    jiff::tz::Offset::UTC.to_timestamp(civil).ok()
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const SKEW_SECONDS: i64 = 5 * 60;
const DEFAULT_EXPIRES_SECONDS: i64 = 15 * 60;
const MAX_EXPIRES_SECONDS: i64 = 7 * 24 * 60 * 60;
