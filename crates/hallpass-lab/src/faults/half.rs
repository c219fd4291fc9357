//! The first half of a body, and then the end of the connection.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use axum::body::Body;
use bytes::{Buf as _, Bytes};
use http_body_util::BodyExt as _;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// A body that promises all of its length and gives half. Of a body whose length nobody knows it gives
/// the first frame.
pub(super) struct Half {
    body: Body,
    hint: SizeHint,
    left: Option<u64>,
    end: Option<Pin<Box<Sleep>>>,
}

impl Half {
    /// Half of `body`; nothing where there is nothing to be cut.
    pub(super) fn of(body: Body) -> Body {
        let hint = body.size_hint();
        if hint.exact() == Some(0) {
            return body;
        }
        let left = hint.exact().map(|length| length / 2);
        Body::new(
            Self {
                body,
                hint,
                left,
                end: None,
            }
            .map_err(Into::<BoxError>::into),
        )
    }

    fn stop(&mut self) {
        // What was given before must be on its way, or the client would see nothing at all.
        self.end = Some(Box::pin(sleep(FLUSH)));
    }
}

impl HttpBody for Half {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(end) = self.end.as_mut() {
            ready!(end.as_mut().poll(context));
            return Poll::Ready(Some(Err(axum::Error::new(Severed))));
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let Some(Ok(frame)) = frame else {
            self.stop();
            return self.poll_frame(context);
        };
        let Ok(mut data) = frame.into_data() else {
            self.stop();
            return self.poll_frame(context);
        };
        match self.left {
            None => self.stop(),
            Some(left) if data.remaining() as u64 >= left => {
                // INVARIANT: no more than the data's own length, which is a `usize`.
                data.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                self.stop();
            }
            Some(left) => self.left = Some(left - data.remaining() as u64),
        }
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn size_hint(&self) -> SizeHint {
        self.hint
    }
}

/// The end of a half.
#[derive(Debug, thiserror::Error)]
#[error("cut off, as asked for as a fault")]
struct Severed;

const FLUSH: Duration = Duration::from_millis(20);
