//! The answers that every call can give, whatever it is about.

use utoipa::openapi::{
    ContentBuilder, OpenApi, Ref, ResponseBuilder,
    path::{Operation, PathItem},
};

const OF_EVERY_CALL: [(&str, &str); 2] = [
    ("500", "INTERNAL; or REQUEST_FAILED: a worker gave up, and an operator can see why"),
    ("503", "UNAVAILABLE: a part of the desk does not answer; Retry-After says when to try again"),
];
const OF_BODIES: [(&str, &str); 4] = [
    ("400", "INVALID_JSON or BODY_UNREADABLE"),
    ("408", "BODY_TOO_SLOW"),
    ("413", "BODY_TOO_LARGE"),
    ("415", "UNSUPPORTED_MEDIA_TYPE or UNSUPPORTED_ENCODING"),
];

/// Adds them to each call that does not describe them itself.
pub(super) fn add_common_answers(document: &mut OpenApi) {
    let paths = document.paths.paths.iter_mut().filter(|(path, _)| !path.starts_with("/health/"));
    for operation in paths.flat_map(|(_, item)| operations(item)) {
        let of_body = operation.request_body.is_some().then_some(OF_BODIES);
        for (status, description) in OF_EVERY_CALL.into_iter().chain(of_body.into_iter().flatten()) {
            let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemBody"))).build();
            let response =
                ResponseBuilder::new().description(description).content("application/problem+json", content).build();
            operation.responses.responses.entry(status.to_owned()).or_insert_with(|| response.into());
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}
