//! Which LLM API a request is for, and what both have in common: a prompt in, some words out.

use super::{anthropic, openai, paced::Paced};
use http::{Method, Response};
use serde_json::Value;

/// The models that the mock lists. Any other name is answered too, except where one model is asked for by name.
pub(super) const MODELS: &[&str] = &["mock-large", "mock-small", "mock-embedding"];

/// Characters of the prompt that come back.
const MAX_ECHO: usize = 200;

/// The answer, if the path is one of an LLM API, whatever it starts with.
pub(super) fn answer(method: &Method, path: &str, body: &[u8]) -> Option<Response<Paced>> {
    let mut segments = path.rsplit('/');
    let last = segments.next()?;
    let before = segments.next().unwrap_or_default();
    // What is no JSON has no model either, and is answered with that error.
    let request = || serde_json::from_slice(body).unwrap_or(Value::Null);
    Some(match (method, before, last) {
        (&Method::POST, "chat", "completions") => openai::chat(&request()),
        (&Method::POST, _, "completions") => openai::completion(&request()),
        (&Method::POST, _, "embeddings") => openai::embeddings(&request()),
        // `/threads/{id}/messages` and its like are not Anthropic's.
        (&Method::POST, "" | "v1" | "api" | "anthropic", "messages") => {
            anthropic::message(&request())
        }
        (&Method::GET, _, "models") => openai::models(),
        (&Method::GET, "models", id) => openai::model(id),
        _ => return None,
    })
}

/// Whether the answer is to be streamed.
pub(super) fn is_streamed(request: &Value) -> bool {
    request["stream"] == true
}

/// The model that the request names.
pub(super) fn model(request: &Value) -> Option<&str> {
    request["model"].as_str().filter(|model| !model.is_empty())
}

/// The text of the last message: a string, or a list of parts of which some are text.
pub(super) fn last_message(request: &Value) -> String {
    let content = request["messages"]
        .as_array()
        .and_then(|messages| messages.last());
    content.map_or(String::new(), |message| text_of(&message["content"]))
}

/// A string, or the text parts of a list.
pub(super) fn text_of(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => {
            let text = |part: &Value| part["text"].as_str().or(part.as_str()).map(str::to_owned);
            parts.iter().filter_map(text).collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}

/// What the mock says to `prompt`.
pub(super) fn reply(prompt: &str) -> String {
    let heard: String = prompt.chars().take(MAX_ECHO).collect();
    let more = if heard.len() < prompt.len() {
        "…"
    } else {
        ""
    };
    format!(
        "You said: \"{heard}{more}\". This is the mock inside the gateway; no model was called."
    )
}

/// `text` as a model would stream it: word by word, each with the space before it.
pub(super) fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let word = rest.find(|c: char| c != ' ').unwrap_or(rest.len());
        let end = rest[word..].find(' ').map_or(rest.len(), |i| word + i);
        let (token, tail) = rest.split_at(end);
        tokens.push(token);
        rest = tail;
    }
    tokens
}

/// A count that grows with the text, for `usage`; at least 1.
pub(super) fn count(text: &str) -> usize {
    tokens(text).len().max(1)
}

/// Different for every answer, in the way of the APIs' identifiers.
pub(super) fn id(prefix: &str) -> String {
    format!("{prefix}{:016x}", fastrand::u64(..))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_of_the_apis() {
        let get = &Method::GET;
        let post = &Method::POST;
        let body = br#"{"model":"m"}"#;
        for (method, path, expected) in [
            (post, "/v1/chat/completions", Some(200)),
            (post, "/api/chat/completions", Some(200)),
            (post, "/api/completions", Some(200)),
            (post, "/api/embeddings", Some(200)),
            (post, "/v1/messages", Some(200)),
            (post, "/messages", Some(200)),
            (post, "/v1/threads/t_1/messages", None),
            (get, "/api/models", Some(200)),
            (get, "/api/models/mock-large", Some(200)),
            (get, "/api/models/nowhere", Some(404)),
            (get, "/v1/chat/completions", None),
            (post, "/api/models", None),
            (get, "/", None),
        ] {
            let status = answer(method, path, body).map(|response| response.status().as_u16());
            assert_eq!(status, expected, "for {method} {path}");
        }
    }

    #[test]
    fn prompts_in_their_shapes() {
        for (messages, expected) in [
            (json!([{ "content": "hi" }]), "hi"),
            (json!([{ "content": "one" }, { "content": "two" }]), "two"),
            (
                json!([{ "content": [{ "type": "text", "text": "a" }, { "type": "image" }, { "text": "b" }] }]),
                "a b",
            ),
            (json!([{ "content": null }]), ""),
            (json!([]), ""),
            (json!("no list"), ""),
        ] {
            assert_eq!(last_message(&json!({ "messages": messages })), expected);
        }
    }

    #[test]
    fn tokens_add_up_to_their_text() {
        for (text, expected) in [
            ("", vec![]),
            ("one", vec!["one"]),
            ("one two  three ", vec!["one", " two", "  three", " "]),
            (" lead", vec![" lead"]),
        ] {
            assert_eq!(tokens(text), expected);
        }
    }
}
