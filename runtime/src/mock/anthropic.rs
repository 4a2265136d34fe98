//! The format of Anthropic's messages.

use super::{event_stream, json_response, llm, paced::Paced};
use http::{Response, StatusCode};
use serde_json::{Value, json};

pub(super) fn message(request: &Value) -> Response<Paced> {
    let Some(model) = llm::model(request) else {
        return no_model();
    };
    let prompt = llm::last_message(request);
    let text = llm::reply(&prompt);
    let (input, output) = (llm::count(&prompt), llm::count(&text));
    let envelope = |content: Value, stop: Option<&str>, output: usize| {
        json!({
            "id": llm::id("msg_"),
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": null,
            "usage": { "input_tokens": input, "output_tokens": output },
        })
    };
    if !llm::is_streamed(request) {
        let content = json!([{ "type": "text", "text": text }]);
        return json_response(StatusCode::OK, &envelope(content, Some("end_turn"), output));
    }
    let mut events = vec![
        event(
            "message_start",
            json!({ "message": envelope(json!([]), None, 1) }),
        ),
        event(
            "content_block_start",
            json!({ "index": 0, "content_block": { "type": "text", "text": "" } }),
        ),
        event("ping", json!({})),
    ];
    events.extend(llm::tokens(&text).iter().map(|token| {
        let delta = json!({ "type": "text_delta", "text": token });
        event("content_block_delta", json!({ "index": 0, "delta": delta }))
    }));
    events.extend([
        event("content_block_stop", json!({ "index": 0 })),
        event(
            "message_delta",
            json!({
                "delta": { "stop_reason": "end_turn", "stop_sequence": null },
                "usage": { "output_tokens": output },
            }),
        ),
        event("message_stop", json!({})),
    ]);
    event_stream(events)
}

/// An event names its type twice: for the event stream, and in its data.
fn event(kind: &str, mut data: Value) -> String {
    data["type"] = json!(kind);
    format!("event: {kind}\ndata: {data}\n\n")
}

fn no_model() -> Response<Paced> {
    json_response(
        StatusCode::BAD_REQUEST,
        &json!({
            "type": "error",
            "error": { "type": "invalid_request_error", "message": "model: Field required" },
            "request_id": llm::id("req_"),
        }),
    )
}
