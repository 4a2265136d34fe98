//! The formats of `OpenAI`: chat completions, completions, embeddings, models.

use super::{
    event_stream, json_response,
    llm::{self, MODELS},
    paced::Paced,
};
use http::{Response, StatusCode};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// The only embedding there is: six ones. Real ones have 1,536 numbers; nobody reads these.
const EMBEDDING: [f32; 6] = [1.0; 6];

/// The same in the base64 of its little-endian bytes, which the SDKs ask for.
const EMBEDDING_BASE64: &str = "AACAPwAAgD8AAIA/AACAPwAAgD8AAIA/";

/// The two APIs that generate text; they differ in how a choice holds it.
#[derive(Clone, Copy)]
enum Api {
    Chat,
    Text,
}

pub(super) fn chat(request: &Value) -> Response<Paced> {
    generate(Api::Chat, request, &llm::last_message(request))
}

pub(super) fn completion(request: &Value) -> Response<Paced> {
    generate(Api::Text, request, &llm::text_of(&request["prompt"]))
}

fn generate(api: Api, request: &Value, prompt: &str) -> Response<Paced> {
    let Some(model) = llm::model(request) else {
        return no_model();
    };
    let text = llm::reply(prompt);
    let usage = usage(prompt, &text);
    let mut answer = json!({ "id": api.id(), "created": now(), "model": model });
    if !llm::is_streamed(request) {
        answer["object"] = api.object().into();
        answer["choices"] = json!([choice(api.whole(&text), Some("stop"))]);
        answer["usage"] = usage;
        return json_response(StatusCode::OK, &answer);
    }

    let wants_usage = request["stream_options"]["include_usage"] == true;
    answer["object"] = api.chunk_object().into();
    if wants_usage {
        // Then every chunk has the field, and all but the last have it null.
        answer["usage"] = Value::Null;
    }
    let mut event = |choices: Vec<Value>, usage: Option<&Value>| {
        answer["choices"] = choices.into();
        if let Some(usage) = usage {
            answer["usage"] = usage.clone();
        }
        format!("data: {answer}\n\n")
    };
    let mut events = Vec::new();
    events.extend(
        api.opening()
            .map(|piece| event(vec![choice(piece, None)], None)),
    );
    for token in llm::tokens(&text) {
        events.push(event(vec![choice(api.piece(token), None)], None));
    }
    events.push(event(vec![choice(api.closing(), Some("stop"))], None));
    if wants_usage {
        events.push(event(vec![], Some(&usage)));
    }
    events.push("data: [DONE]\n\n".to_owned());
    event_stream(events)
}

impl Api {
    fn id(self) -> String {
        llm::id(match self {
            Api::Chat => "chatcmpl-",
            Api::Text => "cmpl-",
        })
    }

    fn object(self) -> &'static str {
        match self {
            Api::Chat => "chat.completion",
            Api::Text => "text_completion",
        }
    }

    fn chunk_object(self) -> &'static str {
        match self {
            Api::Chat => "chat.completion.chunk",
            Api::Text => "text_completion",
        }
    }

    fn whole(self, text: &str) -> Value {
        match self {
            Api::Chat => json!({
                "message": { "role": "assistant", "content": text, "refusal": null },
            }),
            Api::Text => json!({ "text": text }),
        }
    }

    /// Comes before the first token.
    fn opening(self) -> Option<Value> {
        match self {
            Api::Chat => Some(json!({
                "delta": { "role": "assistant", "content": "", "refusal": null },
            })),
            Api::Text => None,
        }
    }

    fn piece(self, token: &str) -> Value {
        match self {
            Api::Chat => json!({ "delta": { "content": token } }),
            Api::Text => json!({ "text": token }),
        }
    }

    /// Comes with the reason for the end.
    fn closing(self) -> Value {
        match self {
            Api::Chat => json!({ "delta": {} }),
            Api::Text => json!({ "text": "" }),
        }
    }
}

fn choice(mut choice: Value, finish: Option<&str>) -> Value {
    choice["index"] = 0.into();
    choice["logprobs"] = Value::Null;
    choice["finish_reason"] = finish.into();
    choice
}

pub(super) fn embeddings(request: &Value) -> Response<Paced> {
    let Some(model) = llm::model(request) else {
        return no_model();
    };
    let inputs = match &request["input"] {
        // A list of token numbers is one input, as a string is; a list of strings or of lists is several.
        Value::Array(list) if !list.first().is_some_and(Value::is_number) => list.len(),
        _ => 1,
    };
    let embedding = match request["encoding_format"].as_str() {
        Some("base64") => json!(EMBEDDING_BASE64),
        _ => json!(EMBEDDING),
    };
    let data: Vec<Value> = (0..inputs)
        .map(|index| json!({ "object": "embedding", "index": index, "embedding": embedding }))
        .collect();
    let tokens = llm::count(&llm::text_of(&request["input"]));
    json_response(
        StatusCode::OK,
        &json!({
            "object": "list",
            "data": data,
            "model": model,
            "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
        }),
    )
}

pub(super) fn models() -> Response<Paced> {
    let data: Vec<Value> = MODELS.iter().map(|id| describe(id)).collect();
    // `has_more` and its like are for Anthropic's client, which asks at the same path.
    json_response(
        StatusCode::OK,
        &json!({
            "object": "list",
            "data": data,
            "has_more": false,
            "first_id": MODELS.first(),
            "last_id": MODELS.last(),
        }),
    )
}

pub(super) fn model(id: &str) -> Response<Paced> {
    if MODELS.contains(&id) {
        return json_response(StatusCode::OK, &describe(id));
    }
    let message = format!(
        "The model '{id}' does not exist; the mock has {}",
        MODELS.join(", ")
    );
    error(
        StatusCode::NOT_FOUND,
        &message,
        "model",
        Some("model_not_found"),
    )
}

fn describe(id: &str) -> Value {
    json!({
        "id": id, "object": "model", "created": 1_700_000_000, "owned_by": "mock",
        "type": "model", "display_name": id, "created_at": "2023-11-14T22:13:20Z",
    })
}

fn no_model() -> Response<Paced> {
    error(
        StatusCode::BAD_REQUEST,
        "you must provide a model parameter",
        "model",
        None,
    )
}

fn error(status: StatusCode, message: &str, param: &str, code: Option<&str>) -> Response<Paced> {
    json_response(
        status,
        &json!({
            "error": {
                "message": message, "type": "invalid_request_error", "param": param, "code": code,
            },
        }),
    )
}

fn usage(prompt: &str, text: &str) -> Value {
    let (input, output) = (llm::count(prompt), llm::count(text));
    json!({ "prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output })
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
