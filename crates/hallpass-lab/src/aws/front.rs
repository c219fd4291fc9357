//! The door of the AWS port: which service, which operation, who; then the operation.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::request::Parts;

use super::answer::{Answer, error_response};
use super::call::{Call, Input};
use super::cloudtrail::Told;
use super::error::ApiError;
use super::params::Params;
use super::signature;
use super::{cloudtrail, ecr, eks, eks_auth, iam, organizations, rest, sts};
use crate::chance;
use crate::faults::{FaultKind, disturb};
use crate::listen::Peer;
use crate::world::World;

/// A service of the lab's account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    /// CloudTrail.
    CloudTrail,
    /// Elastic Container Registry.
    Ecr,
    /// Elastic Kubernetes Service.
    Eks,
    /// EKS Auth, which serves the pods' agents.
    EksAuth,
    /// Identity and Access Management.
    Iam,
    /// AWS Organizations.
    Organizations,
    /// Security Token Service.
    Sts,
}

impl Service {
    /// The namespace, as actions and SigV4 scopes name it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::CloudTrail => "cloudtrail",
            Self::Ecr => "ecr",
            Self::Eks => "eks",
            Self::EksAuth => "eks-auth",
            Self::Iam => "iam",
            Self::Organizations => "organizations",
            Self::Sts => "sts",
        }
    }

    /// Whether it speaks AWS JSON 1.1.
    pub(crate) const fn is_json(self) -> bool {
        matches!(self, Self::CloudTrail | Self::Ecr | Self::Organizations)
    }

    /// Whether it speaks Query and XML.
    pub(crate) const fn is_query(self) -> bool {
        matches!(self, Self::Iam | Self::Sts)
    }

    /// Whether it speaks REST-JSON.
    pub(crate) const fn is_rest(self) -> bool {
        matches!(self, Self::Eks | Self::EksAuth)
    }

    /// The namespace of its XML.
    pub(crate) const fn xml_namespace(self) -> &'static str {
        match self {
            Self::CloudTrail | Self::Ecr | Self::Eks | Self::EksAuth | Self::Organizations => "",
            Self::Iam => "https://iam.amazonaws.com/doc/2010-05-08/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
        }
    }

    /// The version of its API, where a request names one.
    const fn version(self) -> &'static str {
        match self {
            Self::CloudTrail => "2013-11-01",
            Self::Ecr => "2015-09-21",
            Self::Eks => "2017-11-01",
            Self::EksAuth => "2023-11-26",
            Self::Iam => "2010-05-08",
            Self::Organizations => "2016-11-28",
            Self::Sts => "2011-06-15",
        }
    }

    const fn body_limit(self) -> usize {
        match self {
            // A layer part is at most 20 MiB, as base64 in JSON (ECR quotas, `UploadLayerPart`).
            Self::Ecr => 28 << 20,
            // The largest honest call is SimulateCustomPolicy with many documents.
            Self::CloudTrail
            | Self::Eks
            | Self::EksAuth
            | Self::Iam
            | Self::Organizations
            | Self::Sts => 1 << 20,
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        match name {
            "cloudtrail" => Some(Self::CloudTrail),
            "ecr" => Some(Self::Ecr),
            "eks" => Some(Self::Eks),
            "eks-auth" => Some(Self::EksAuth),
            "iam" => Some(Self::Iam),
            "organizations" => Some(Self::Organizations),
            "sts" => Some(Self::Sts),
            _ => None,
        }
    }
}

/// Answers one request.
pub(crate) async fn handle(world: Arc<World>, request: http::Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let service = service_of(&parts);
    let name = service.map_or("", Service::name);
    // Boxed: with all of its operations in it, it is larger than a stack likes.
    let work = Box::pin(serve(Arc::clone(&world), service, parts, body));
    disturb(&world, name, false, work).await
}

async fn serve(world: Arc<World>, service: Option<Service>, parts: Parts, body: Body) -> Response {
    let request_id = chance::uuid(&*world.chance);
    // An error before the service is known is written as STS, the front's oldest tongue, would.
    let limit = service.map_or(64 << 10, Service::body_limit);
    let body = match world.bodies.read(body, limit).await {
        Ok(body) => body,
        Err(error) => {
            return error_response(&error, service.unwrap_or(Service::Sts), &request_id);
        }
    };
    match Incoming::read(service, parts, body) {
        Ok(incoming) => incoming.answer(world, request_id).await,
        Err(error) => error_response(&error, service.unwrap_or(Service::Sts), &request_id),
    }
}

/// Answers one request that `caller` has signed, whatever its signature.
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) async fn answer_for(
    world: Arc<World>,
    caller: super::caller::Caller,
    parts: Parts,
    body: Bytes,
) -> Response {
    let request_id = chance::uuid(&*world.chance);
    let service = service_of(&parts);
    match Incoming::read(service, parts, body) {
        Ok(incoming) => {
            let Incoming {
                service,
                operation,
                input,
                ..
            } = incoming;
            let mut call = Call::new(world, request_id, service, operation, input);
            call.admit(caller);
            let outcome = dispatch(&mut call).await;
            call.finish(outcome)
        }
        Err(error) => error_response(&error, service.unwrap_or(Service::Sts), &request_id),
    }
}

/// A request whose service and operation are known.
struct Incoming {
    service: Service,
    operation: String,
    input: Input,
    parts: Parts,
    body: Bytes,
}

impl Incoming {
    fn read(service: Option<Service>, parts: Parts, body: Bytes) -> Result<Self, ApiError> {
        if let Some(service) = service.filter(|service| service.is_rest()) {
            let (operation, input) = rest::read(service, &parts, &body)?;
            return Ok(Self {
                service,
                operation,
                input: Input::Json(input),
                parts,
                body,
            });
        }
        if let Some(target) = header(&parts, "x-amz-target").map(str::to_owned) {
            return Self::read_json(&target, parts, body);
        }
        let form = match parts.method {
            http::Method::GET => parts.uri.query().unwrap_or_default().as_bytes(),
            http::Method::POST => {
                check_form(&parts)?;
                &body
            }
            _ => return Err(ApiError::new(405, "InvalidAction", "use GET or POST")),
        };
        let params = Params::parse(form)?;
        let operation = params
            .get("Action")
            .ok_or_else(|| {
                ApiError::new(
                    400,
                    "MissingAction",
                    "the request contains no `Action` parameter",
                )
            })?
            .to_owned();
        let service = service
            .or_else(|| service_of_version(params.get("Version")))
            .ok_or_else(|| unknown_operation(&operation, params.get("Version")))?;
        if service.is_json() {
            return Err(ApiError::new(
                400,
                "UnknownOperationException",
                "this service takes its operation in `X-Amz-Target`",
            ));
        }
        Ok(Self {
            service,
            operation,
            input: Input::Query(params),
            parts,
            body,
        })
    }

    fn read_json(target: &str, parts: Parts, body: Bytes) -> Result<Self, ApiError> {
        let (service, operation) = service_of_target(target)
            .filter(|(_, name)| name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            .ok_or_else(|| ApiError::new(400, "UnknownOperationException", ""))?;
        let operation = operation.to_owned();
        let input = serde_json::from_slice(&body)
            .ok()
            .filter(serde_json::Value::is_object)
            .ok_or_else(|| {
                ApiError::new(
                    400,
                    "SerializationException",
                    "the body is not a JSON object",
                )
            })?;
        Ok(Self {
            service,
            operation,
            input: Input::Json(input),
            parts,
            body,
        })
    }

    async fn answer(self, world: Arc<World>, request_id: String) -> Response {
        let peer = self.parts.extensions.get::<Peer>().copied();
        let mut call = Call::new(world, request_id, self.service, self.operation, self.input);
        call.peer = peer;
        call.user_agent = header(&self.parts, "user-agent").map(str::to_owned);
        call.asked = Told::of_input(&call.input);
        let outcome = match admit(&mut call, &self.parts, &self.body) {
            Ok(()) => dispatch(&mut call).await,
            Err(error) => Err(error),
        };
        call.finish(outcome)
    }
}

/// Establishes who calls, and serves the faults that were asked for.
fn admit(call: &mut Call, parts: &Parts, body: &Bytes) -> Result<(), ApiError> {
    if let Some(kind) = call.world.faults.take(call.service.name()) {
        return Err(fault(call.service, kind));
    }
    let is_anonymous = call.service == Service::Sts && sts::is_unsigned(&call.operation);
    if is_anonymous {
        return Ok(());
    }
    let caller = signature::authenticate(call, parts, body)?;
    call.admit(caller);
    Ok(())
}

/// The error that a service shows when it is asked to fail.
pub(crate) fn fault(service: Service, kind: FaultKind) -> ApiError {
    match kind {
        FaultKind::InternalFailure => renamed(
            ApiError::internal("asked for as a fault"),
            match service {
                Service::Eks => "ServerException",
                Service::EksAuth => "InternalServerException",
                Service::Organizations => "ServiceException",
                Service::CloudTrail | Service::Ecr | Service::Iam | Service::Sts => {
                    "InternalFailure"
                }
            },
        ),
        FaultKind::Unavailable if service.is_rest() => {
            renamed(ApiError::unavailable(), "ServiceUnavailableException")
        }
        FaultKind::Unavailable => ApiError::unavailable(),
        FaultKind::Throttle if service.is_rest() => {
            ApiError::new(429, "ThrottlingException", "Rate exceeded")
        }
        FaultKind::Throttle if service == Service::Organizations => ApiError::new(
            400,
            "TooManyRequestsException",
            "AWS Organizations can't complete your request because too many requests were received",
        ),
        FaultKind::Throttle if service.is_json() => {
            ApiError::new(400, "ThrottlingException", "Rate exceeded")
        }
        FaultKind::Throttle => ApiError::new(400, "Throttling", "Rate exceeded"),
    }
}

const fn renamed(mut error: ApiError, code: &'static str) -> ApiError {
    error.code = code;
    error
}

async fn dispatch(call: &mut Call) -> Result<Answer, ApiError> {
    check_version(call)?;
    match call.service {
        Service::CloudTrail => cloudtrail::dispatch(call),
        Service::Ecr => ecr::dispatch(call).await,
        Service::Eks => eks::dispatch(call).await,
        Service::EksAuth => eks_auth::dispatch(call),
        Service::Iam => iam::dispatch(call).await,
        Service::Organizations => organizations::dispatch(call).await,
        Service::Sts => sts::dispatch(call).await,
    }
}

/// A service has the operations of its own version alone. Who has not signed learns nothing of that.
fn check_version(call: &Call) -> Result<(), ApiError> {
    match &call.input {
        Input::Json(_) => Ok(()),
        Input::Query(params) => {
            let version = params.get("Version");
            if version == Some(call.service.version()) {
                Ok(())
            } else {
                Err(unknown_operation(&call.operation, version))
            }
        }
    }
}

/// What AWS answers to an operation that the service does not have.
pub(crate) fn unknown_operation(operation: &str, version: Option<&str>) -> ApiError {
    ApiError::new(
        400,
        "InvalidAction",
        format!(
            "Could not find operation {operation} for version {}",
            version.unwrap_or("NO_VERSION_SPECIFIED")
        ),
    )
}

fn service_of(parts: &Parts) -> Option<Service> {
    signature::scope_service(parts)
        .and_then(|name| Service::of_name(&name))
        .or_else(|| {
            let (service, _) = service_of_target(header(parts, "x-amz-target")?)?;
            Some(service)
        })
        .or_else(|| service_of_host(header(parts, "host")?))
}

/// The service and the operation of `X-Amz-Target`.
fn service_of_target(target: &str) -> Option<(Service, &str)> {
    TARGETS
        .iter()
        .find_map(|(prefix, service)| Some((*service, target.strip_prefix(prefix)?)))
}

/// `sts.us-west-2.amazonaws.com`, `iam.amazonaws.com`, `api.ecr.us-west-2.amazonaws.com`.
fn service_of_host(host: &str) -> Option<Service> {
    let mut labels = host.split('.');
    match labels.next()? {
        "api" | "ecr" | "ecr-fips" => Some(Service::Ecr),
        "cloudtrail" | "cloudtrail-fips" => Some(Service::CloudTrail),
        "eks" | "eks-fips" => Some(Service::Eks),
        "eks-auth" | "eks-auth-fips" => Some(Service::EksAuth),
        "iam" | "iam-fips" => Some(Service::Iam),
        "organizations" | "organizations-fips" => Some(Service::Organizations),
        "sts" | "sts-fips" => Some(Service::Sts),
        _ => None,
    }
}

fn service_of_version(version: Option<&str>) -> Option<Service> {
    let version = version?;
    [Service::Iam, Service::Sts]
        .into_iter()
        .find(|service| service.version() == version)
}

fn check_form(parts: &Parts) -> Result<(), ApiError> {
    let content_type = header(parts, "content-type").unwrap_or_default();
    if content_type.starts_with("application/x-www-form-urlencoded") {
        return Ok(());
    }
    Err(ApiError::malformed_body(
        "the content type must be `application/x-www-form-urlencoded`",
    ))
}

/// A header's text, where it is given and is text.
pub(crate) fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name)?.to_str().ok()
}

const TARGETS: &[(&str, Service)] = &[
    ("AmazonEC2ContainerRegistry_V20150921.", Service::Ecr),
    ("AWSOrganizationsV20161128.", Service::Organizations),
    ("CloudTrail_20131101.", Service::CloudTrail),
    // As CloudTrail's API Reference writes it.
    (
        "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.",
        Service::CloudTrail,
    ),
];
