//! The table of routes, as programs read it.

use serde_json::{Map, Value, json};

use super::{Kind, ROUTES};

/// Returns the routes that give data, as OpenAPI 3.1 has them.
pub fn openapi() -> Value {
    let mut paths = Map::new();
    for route in ROUTES {
        let in_path =
            ["session", "number"].into_iter().filter(|name| route.path.contains(&format!("{{{name}}}")));
        let in_path = in_path.map(|name| {
            let kind = if name == "number" {
                json!({ "type": "integer", "minimum": 0 })
            } else {
                json!({ "type": "string" })
            };
            json!({ "name": name, "in": "path", "required": true, "schema": kind })
        });
        let asked = route.parameters.iter().map(|known| {
            json!({ "name": known.name, "in": "query", "required": known.is_required, "description": known.about, "schema": known.kind.schema() })
        });
        let answer = |about: &str, kind: &str, schema: &str| json!({ "description": about, "content": { kind: { "schema": { "$ref": format!("#/components/schemas/{schema}") } } } });
        let problem = |about| answer(about, "application/problem+json", "Problem");
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
                    },
                },
            },
        },
    })
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
