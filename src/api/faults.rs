//! Every fault of the form of a body or a query. serde stops at the first: what is wrong is taken out, and what is left
//! is read again. Only what is refused is read more than once.

use crate::check::escaped;
use crate::error::{Error, FieldError};
use crate::say;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::{Path, Segment};
use url::form_urlencoded::{Serializer, parse};
use utoipa::openapi::{Required, path::ParameterIn};
use utoipa::{IntoParams, ToSchema};

/// Readings of one request.
pub(super) const ROUNDS: usize = 32;

/// Bytes of a body from which on its first fault is told alone: nobody types so much, and each reading takes time.
const LARGE: usize = 64 * 1024;

/// All faults of a JSON object that is no `T`; the first is what its text was refused for.
pub(super) fn of_body<T: DeserializeOwned + ToSchema>(bytes: &[u8], first: FieldError) -> Error {
    let mut found = vec![first];
    let rest = Some(bytes).filter(|bytes| bytes.len() <= LARGE).map(serde_json::from_slice::<Value>);
    let Some(Ok(mut rest)) = rest else { return Error::Invalid(found) };
    let mut taken = Vec::new();
    for _ in 0..ROUNDS {
        let Err(error) = serde_path_to_error::deserialize::<_, T>(&rest) else { break };
        let message = error.inner().to_string();
        let fault = fault(error.path(), &message);
        let whole = fault.pointer.rsplit_once('/').map_or("", |(whole, _)| whole).to_owned();
        let wrong = if is_missing(&message) { whole.clone() } else { fault.pointer.clone() };
        if !taken.contains(&fault.pointer) {
            note(&mut found, fault);
        }
        if is_missing(&message) && whole.is_empty() {
            let absent = needed_of::<T>().into_iter().filter(|name| rest.get(name).is_none());
            let absent = absent.map(|name| format!("/{}", escaped(&name))).filter(|pointer| !taken.contains(pointer));
            absent.for_each(|pointer| note(&mut found, needed(pointer)));
            break;
        }
        let Some(out) = take_out(&mut rest, wrong) else { break };
        taken.push(out);
    }
    Error::Invalid(found)
}

/// All faults of a query that is no `T`.
pub(super) fn of_query<T: DeserializeOwned + IntoParams>(text: &str) -> Error {
    let mut rest: Vec<(String, String)> = parse(text.as_bytes()).into_owned().collect();
    let (mut found, mut taken) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let text = Serializer::new(String::new()).extend_pairs(&rest).finish();
        let Err(error) = read_query::<T>(&text) else { break };
        let message = error.inner().to_string();
        let fault = fault(error.path(), &message);
        let before = rest.len();
        rest.retain(|(name, _)| format!("/{}", escaped(name)) != fault.pointer);
        if !taken.contains(&fault.pointer) {
            taken.push(fault.pointer.clone());
            note(&mut found, fault);
        }
        if is_missing(&message) {
            let absent = asked_by::<T>().into_iter().filter(|name| !rest.iter().any(|(known, _)| known == name));
            let absent = absent.map(|name| format!("/{}", escaped(&name))).filter(|pointer| !taken.contains(pointer));
            absent.for_each(|pointer| note(&mut found, needed(pointer)));
            break;
        }
        if rest.len() == before {
            break;
        }
    }
    Error::Invalid(found)
}

/// Reads a query.
pub(super) fn read_query<T: DeserializeOwned>(
    text: &str,
) -> Result<T, serde_path_to_error::Error<serde_urlencoded::de::Error>> {
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(parse(text.as_bytes())))
}

fn note(found: &mut Vec<FieldError>, fault: FieldError) {
    if !found.iter().any(|known| known.pointer == fault.pointer) {
        found.push(fault);
    }
}

fn needed(pointer: String) -> FieldError {
    FieldError { pointer, detail: say!("field.needed") }
}

/// Removes a member, or the nearest that holds it and can be removed without moving others; which one it was.
fn take_out(value: &mut Value, mut pointer: String) -> Option<String> {
    loop {
        let (whole, name) = pointer.rsplit_once('/')?;
        let name = name.replace("~1", "/").replace("~0", "~");
        if let Some(Value::Object(fields)) = value.pointer_mut(whole)
            && fields.remove(&name).is_some()
        {
            return Some(pointer);
        }
        pointer.truncate(whole.len());
    }
}

/// The fields without which nothing is a `T`.
fn needed_of<T: ToSchema>() -> Vec<String> {
    let schema = serde_json::to_value(T::schema()).unwrap_or_default();
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The parameters without which nothing is a `T`.
fn asked_by<T: IntoParams>() -> Vec<String> {
    let all = T::into_params(|| Some(ParameterIn::Query));
    all.into_iter().filter(|one| one.required == Required::True).map(|one| one.name).collect()
}

fn is_missing(message: &str) -> bool {
    message.starts_with("missing field `")
}

/// serde's sentence, told as the field's fault.
pub(super) fn fault(path: &Path, message: &str) -> FieldError {
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => pointer = format!("{pointer}/{index}"),
            Segment::Map { key } => pointer = format!("{pointer}/{}", escaped(key)),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let named = |prefix: &str| message.strip_prefix(prefix).and_then(|rest| rest.split('`').next());
    let with = |pointer: &str, name: &str| {
        let end = format!("/{}", escaped(name));
        if pointer.ends_with(&end) { pointer.to_owned() } else { format!("{pointer}{end}") }
    };
    if let Some(name) = named("missing field `") {
        needed(with(&pointer, name))
    } else if message.starts_with("unknown field `") {
        FieldError { pointer, detail: say!("field.unknown") }
    } else if let Some(name) = named("duplicate field `") {
        FieldError { pointer: with(&pointer, name), detail: say!("field.twice") }
    } else if let Some((_, known)) = message.split_once("expected one of ").or_else(|| message.split_once("expected `"))
    {
        let known = known.split(" at line").next().unwrap_or(known).replace('`', "");
        FieldError { pointer, detail: say!("field.one_of", known = known) }
    } else {
        FieldError { pointer, detail: say!("field.type") }
    }
}
