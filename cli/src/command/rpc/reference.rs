//! The page on the protocol, made from what the methods are made from.

use std::fmt::Write as _;

use retold_core::{Field, FieldKind, Level};
use serde::de::{DeserializeOwned, Deserializer, Error as _, Visitor, value::Error};

use super::bounds::{CALLS_MAX, LEVELS_MAX};
use super::faults::{BLANK_KEY, KEY_REUSED, KNOWN, Known};
use super::message::{INVALID_PARAMS, INVALID_REQUEST, METHOD_NOT_FOUND, PARSE_ERROR};
use super::methods::METHODS;

/// A method, as a program sees it.
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) about: &'static [&'static str],
    pub(super) answer: &'static str,
    pub(super) faults: &'static [&'static Known],
    pub(super) params: fn() -> Vec<Param>,
}

/// A parameter of a method.
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) form: &'static str,
    pub(super) is_optional: bool,
}

/// Returns the names that a type of parameters is read by, in their order.
pub(super) fn names<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Names<'n>(&'n mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = Error;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Error> {
            *self.0 = fields;
            Err(Error::custom("the names were all"))
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom("parameters have names"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut names: &'static [&'static str] = &[];
    // It reads no value: it is only asked for its names.
    let _asked = T::deserialize(Names(&mut names));
    names
}

const INTRODUCTION: &str = "\
# The rpc protocol

`retold rpc` serves the history to programs in any language: JSON-RPC 2.0 (<https://www.jsonrpc.org/specification>), a
message a line, calls on its standard input and answers on its standard output. For applications in Rust there is the
crate: [CRATE.md](CRATE.md).

```json
{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"get_all_sessions\",\"params\":{\"workspacePath\":\"/src/atlas\"}}
```

- The answer to a write comes once it is on disk. Answers come in the order of the calls.
- Parameters are given by name, or as an array in the order of the tables below. An unknown name is an error; a parameter
  that can be left out can be `null`.
- A call without an `id` is a notification: it is done, and not answered.
";

/// Returns the form of a field in JSON.
fn form(field: Field) -> &'static str {
    match field.kind() {
        _ if field.is_time() => "time",
        FieldKind::Text | FieldKind::LongText => "string",
        FieldKind::Integer => "number, 0 to 4294967295",
        FieldKind::BigInteger => "number, 0 to 18446744073709551615",
        FieldKind::Real => "number with a fraction",
        FieldKind::Flag => "true or false",
        FieldKind::Texts => "array of strings",
        FieldKind::List => "array of the documents below",
    }
}

/// Writes the page.
pub(crate) fn reference() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut line = |text: String| writeln!(page, "{text}").expect("a text takes any text");
    line(format!(
        "- A batch has at most {CALLS_MAX} calls. A line is nested at most {LEVELS_MAX} levels deep, and is at most 64 MiB long: \
         `--max-line`.\n\
         - At the end of the input the mirrored files are brought up to date, and the program ends.\n\n\
         ## Methods"
    ));
    for Method { name, about, answer, faults, params } in METHODS {
        let about: String = about.concat();
        line(format!("\n### {name}\n\n{}\n", about.trim()));
        let params = params();
        if params.is_empty() {
            line("No parameters.\n".to_owned());
        } else {
            line("| parameter | | form |\n|---|---|---|".to_owned());
        }
        let is_write = params.iter().any(|param| param.name == "idempotencyKey");
        for Param { name, form, is_optional } in &params {
            let optional = if *is_optional { "optional" } else { "" };
            line(format!("| `{name}` | {optional} | {form} |"));
        }
        if !params.is_empty() {
            line(String::new());
        }
        line(format!("Answer: {answer}"));
        let of_key: &[&Known] = if is_write { &[&BLANK_KEY, &KEY_REUSED] } else { &[] };
        let kinds: Vec<String> =
            faults.iter().chain(of_key).map(|known| format!("`{}`", known.kind)).collect();
        if !kinds.is_empty() {
            line(format!("\nErrors of its own: {}.", kinds.join(", ")));
        }
    }
    line(
        "\n## Documents\n\nThose of the AIT42 Editor's files. Keys that retold does not know are kept and given back; a key that is \
         optional can be `null` or absent, and is `null` in answers. Times are texts, kept as they are written."
            .to_owned(),
    );
    for (level, title) in
        [(Level::Session, "A session"), (Level::Instance, "An instance"), (Level::Message, "A message")]
    {
        line(format!("\n### {title}\n\n| key | | form |\n|---|---|---|"));
        for field in level.fields() {
            let optional = if field.is_optional() { "optional" } else { "" };
            line(format!("| `{}` | {optional} | {} |", field.key(), form(*field)));
        }
    }
    line(
        "\n## Errors\n\nAn error has a `code`, a `message` for people, and a `data.kind` where the code is the history's own. \
         Those that no method names can come from any.\n\n| code | kind | meaning |\n|---|---|---|"
            .to_owned(),
    );
    for (code, about) in [
        (PARSE_ERROR, "The line is not JSON, or not UTF-8."),
        (INVALID_REQUEST, "The line is not a call, or over a limit."),
        (METHOD_NOT_FOUND, "There is no such method."),
        (INVALID_PARAMS, "A parameter is missing, unknown, or of another form; the message names it."),
    ] {
        line(format!("| {code} | | {about} |"));
    }
    for Known { code, kind, about } in KNOWN {
        line(format!("| {code} | `{kind}` | {about} |"));
    }
    page
}
