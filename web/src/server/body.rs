//! What an answer is sent as.

use std::convert::Infallible;

use http_body_util::combinators::BoxBody;
use hyper::body::Bytes;

/// The body of an answer, which may go on for as long as somebody listens.
pub type Body = BoxBody<Bytes, Infallible>;
