//! Answers on the wire: XML for the Query protocol, JSON for the others.

use std::fmt::Write as _;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderValue, StatusCode};

use super::error::ApiError;
use super::front::Service;
use super::xml::Xml;

/// What an operation answers when it succeeds.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A JSON body.
    Json(serde_json::Value),
    /// The inside of `<XResult>`; absent for operations that return nothing.
    Xml(Option<Xml>),
}

impl Answer {
    /// An XML result.
    pub(crate) fn xml(write: impl FnOnce(&mut Xml)) -> Self {
        let mut xml = Xml::default();
        write(&mut xml);
        Self::Xml(Some(xml))
    }

    /// The answer of an operation that returns nothing.
    pub(crate) const fn empty() -> Self {
        Self::Xml(None)
    }

    /// The HTTP response.
    pub(crate) fn into_response(
        self,
        service: Service,
        operation: &str,
        request_id: &str,
    ) -> Response {
        match self {
            Self::Json(body) => json(service, 200, body.to_string(), request_id),
            Self::Xml(result) => {
                let mut body = format!(
                    "<{operation}Response xmlns=\"{}\">",
                    service.xml_namespace()
                );
                if let Some(result) = result {
                    // Writing to a string cannot fail.
                    let _ = write!(
                        body,
                        "<{operation}Result>{}</{operation}Result>",
                        result.into_string()
                    );
                }
                let _ = write!(
                    body,
                    "<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
                );
                xml(200, body, request_id)
            }
        }
    }
}

/// The HTTP response of an error.
pub(crate) fn error_response(error: &ApiError, service: Service, request_id: &str) -> Response {
    if !service.is_query() {
        let mut body = serde_json::json!({ "__type": error.code, "message": error.message });
        if let (Some(reason), Some(fields)) = (error.reason, body.as_object_mut()) {
            fields.insert("Reason".to_owned(), reason.into());
        }
        let mut response = json(service, error.status, body.to_string(), request_id);
        if let Ok(code) = HeaderValue::from_str(error.code) {
            response.headers_mut().insert("x-amzn-errortype", code);
        }
        return response;
    }
    let fault = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    let mut inside = Xml::default();
    inside.element("Error", |xml| {
        xml.text("Type", fault)
            .text("Code", error.code)
            .text("Message", &error.message);
    });
    inside.text("RequestId", request_id);
    let body = format!(
        "<ErrorResponse xmlns=\"{}\">{}</ErrorResponse>",
        service.xml_namespace(),
        inside.into_string()
    );
    xml(error.status, body, request_id)
}

fn xml(status: u16, body: String, request_id: &str) -> Response {
    respond(status, "text/xml", body, request_id)
}

fn json(service: Service, status: u16, body: String, request_id: &str) -> Response {
    let content_type = if service.is_rest() {
        "application/json"
    } else {
        "application/x-amz-json-1.1"
    };
    respond(status, content_type, body, request_id)
}

fn respond(status: u16, content_type: &'static str, body: String, request_id: &str) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(
        http::header::CONTENT_TYPE,
        HeaderValue::from_static(content_type),
    );
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-amzn-requestid", value);
    }
    response
}
