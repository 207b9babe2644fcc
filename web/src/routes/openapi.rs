//! The table of routes, as programs read it.

use serde_json::{Map, Value, json};

use super::{ACTIONS, Action, Holds, Kind, ROUTES};

/// Returns the routes that give data, as OpenAPI 3.1 has them.
pub fn openapi() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let in_path = in_path(route.path);
        let asked = route.parameters.iter().map(|known| {
            json!({ "name": known.name, "in": "query", "required": known.is_required, "description": known.about, "schema": known.kind.schema() })
        });
        let get = json!({
            "summary": route.about,
            "parameters": in_path.chain(asked).collect::<Vec<Value>>(),
            "responses": {
                "200": answer("the answer", "application/json", "Answer"),
                "304": { "description": "what the `If-None-Match` of the request names is still so" },
                "400": problem("a parameter holds what it may not"),
                "401": problem("the token is not given, or is another one"),
                "404": problem("there is no such session or moment"),
                "421": problem("the request names another host"),
                "500": problem("the store cannot be read"),
                "503": problem("the store is busy"),
            },
        });
        paths.insert(route.path.to_owned(), json!({ "get": get }));
    }
    for action in ACTIONS {
        paths.insert(action.path.to_owned(), json!({ "post": post(action) }));
    }
    json!({
        "openapi": "3.1.0",
        "info": { "title": "retold", "version": env!("CARGO_PKG_VERSION") },
        "paths": paths,
        "security": [{ "token": [] }, { "cookie": [] }],
        "components": {
            "securitySchemes": {
                "token": { "type": "http", "scheme": "bearer" },
                "cookie": { "type": "apiKey", "in": "cookie", "name": "retold-PORT" },
            },
            "schemas": {
                "Answer": {
                    "type": "object",
                    "properties": {
                        "as_of": {
                            "type": "object",
                            "properties": {
                                "position": { "type": "integer" },
                                "hash": { "type": "string" },
                                "view": { "type": "string" },
                                "clock": { "type": "string" },
                                "moment": { "type": "string" },
                            },
                        },
                        "rows": { "type": "array" },
                        "next": { "type": ["string", "null"] },
                    },
                },
                "Problem": {
                    "type": "object",
                    "properties": {
                        "type": { "type": "string" },
                        "title": { "type": "string" },
                        "status": { "type": "integer" },
                        "detail": { "type": "string" },
                        "details": { "type": "array", "items": { "type": "string" } },
                        "hint": { "type": ["string", "null"] },
                        "now": { "type": ["object", "null"] },
                    },
                },
            },
        },
    })
}

/// The parameters that are parts of a path.
fn in_path(path: &str) -> impl Iterator<Item = Value> {
    let there = ["session", "number"].into_iter().filter(move |name| path.contains(&format!("{{{name}}}")));
    there.map(|name| {
        let schema = match name {
            "number" => json!({ "type": "integer", "minimum": 0 }),
            _ => json!({ "type": "string" }),
        };
        json!({ "name": name, "in": "path", "required": true, "schema": schema })
    })
}

fn answer(about: &str, kind: &str, schema: &str) -> Value {
    let schema = json!({ "$ref": format!("#/components/schemas/{schema}") });
    json!({ "description": about, "content": { kind: { "schema": schema } } })
}

fn problem(about: &str) -> Value {
    answer(about, "application/problem+json", "Problem")
}

fn post(action: &Action) -> Value {
    let key = json!({
        "name": "Idempotency-Key",
        "in": "header",
        "required": true,
        "description": "drawn at random for each change: what comes again with the same one changes nothing more",
        "schema": { "type": "string", "minLength": 1, "maxLength": 128 },
    });
    let fields = action.fields.iter().map(|field| {
        let mut schema = field.holds.schema();
        schema["description"] = field.about.into();
        (field.name.to_owned(), schema)
    });
    let required: Vec<&str> =
        action.fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
    json!({
        "summary": action.about,
        "description": "only where `retold ui --write` serves",
        "parameters": in_path(action.path).chain([key]).collect::<Vec<Value>>(),
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": {
                "type": "object",
                "properties": fields.collect::<Map<String, Value>>(),
                "required": required,
                "additionalProperties": false,
            } } },
        },
        "responses": {
            "200": answer("it was done, or is so already", "application/json", "Answer"),
            "400": problem("the body or a header holds what it may not"),
            "401": problem("the token is not given, or is another one"),
            "403": problem("the request does not come from this page"),
            "404": problem("there is no such session, event or instance"),
            "405": problem("this page only reads"),
            "408": problem("the body did not come"),
            "409": problem("somebody else was faster, or it is done already: nothing was changed; `now` says what there is"),
            "413": problem("the body is too long"),
            "415": problem("the body is not application/json"),
            "421": problem("the request names another host"),
            "500": problem("the store cannot be written"),
            "503": problem("the store is busy"),
        },
    })
}

impl Holds {
    fn schema(self) -> Value {
        match self {
            Self::Text => json!({ "type": "string", "minLength": 1, "maxLength": 256 }),
            Self::Texts => {
                json!({ "type": "array", "maxItems": 100, "items": { "type": "string", "maxLength": 256 } })
            }
            Self::Number { max } => json!({ "type": "integer", "minimum": 0, "maximum": max }),
            Self::NumberOrNull { max } => {
                json!({ "type": ["integer", "null"], "minimum": 0, "maximum": max })
            }
            Self::Flag => json!({ "type": "boolean" }),
        }
    }
}

impl Kind {
    fn schema(self) -> Value {
        match self {
            Self::Text | Self::Point | Self::Path => json!({ "type": "string" }),
            Self::Number { max } => json!({ "type": "integer", "minimum": 0, "maximum": max }),
            Self::Choice(choices) => json!({ "type": "string", "enum": choices }),
        }
    }
}
