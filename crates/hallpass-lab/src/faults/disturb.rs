//! Faults of connections: late answers, halves of answers, and none.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};

use super::half::Half;
use crate::world::World;

/// Mark of a response that must not be sent: the connection is reset in its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResetConnection;

/// Which service a path of a port is of.
pub(crate) type ServiceOfPath = fn(&str) -> &'static str;

/// Puts the faults of connections around a port's router.
pub(crate) fn layer(router: Router, world: &Arc<World>, service: ServiceOfPath) -> Router {
    let world = Arc::clone(world);
    router.layer(middleware::from_fn(move |request: Request, next: Next| {
        let world = Arc::clone(&world);
        async move {
            let path = request.uri().path();
            let (service, is_for_keys) = (service(path), is_for_keys(path));
            disturb(&world, service, is_for_keys, next.run(request)).await
        }
    }))
}

/// Carries out a call of `service` as its faults let it.
pub(crate) async fn disturb(
    world: &World,
    service: &str,
    is_for_keys: bool,
    work: impl Future<Output = Response>,
) -> Response {
    let disturbance = world.faults.disturbance(service, is_for_keys);
    if let Some(delay) = disturbance.delay {
        tokio::time::sleep(delay).await;
    }
    if disturbance.is_reset {
        return reset();
    }
    let mut response = work.await;
    if !world.faults.skew(service).is_zero() {
        // Clients that correct their clocks go by this field.
        let date = world.signing_time(service).strftime(HTTP_DATE).to_string();
        if let Ok(date) = HeaderValue::from_str(&date) {
            response.headers_mut().insert(header::DATE, date);
        }
    }
    if disturbance.is_halved {
        response = response.map(Half::of);
    }
    response
}

fn reset() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.extensions_mut().insert(ResetConnection);
    response
}

/// Whether the path is an issuer's discovery document or keys.
fn is_for_keys(path: &str) -> bool {
    let is_eks = path.starts_with("/id/") && path.ends_with("/keys");
    is_eks
        || path.ends_with("/openid-configuration")
        || path.ends_with("/jwks")
        || path.ends_with("/jwks.json")
}

// RFC 9110, section 5.6.7.
const HTTP_DATE: &str = "%a, %d %b %Y %H:%M:%S GMT";
