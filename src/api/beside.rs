//! What the OpenAPI document tells of the routes that stand beside the table: health, metrics, the document itself.

use serde_json::{Map, Value, json};

/// Each path with its one operation. They are for everybody, take nothing, and pass parameters over.
pub(super) fn paths() -> [(&'static str, Value); 5] {
    let json = |schema| json!({ "application/json": { "schema": schema } });
    let text = || json!({ "text/plain": { "schema": { "type": "string" } } });
    [
        ("/healthz", told("healthz", "The process lives", json(alive()), &[])),
        ("/readyz", told("readyz", "The database answers", json(ready()), &[503])),
        (
            "/metrics",
            told(
                "metrics",
                "Metrics as Prometheus reads them; 404 for whom the settings do not let read",
                text(),
                &[404],
            ),
        ),
        ("/api/openapi.json", told("openapi", "This document", json(json!({ "type": "object" })), &[])),
        (
            "/.well-known/security.txt",
            told("securityTxt", "Whom to tell of a hole (RFC 9116); 404 if the settings name nobody", text(), &[404]),
        ),
    ]
}

fn told(id: &str, summary: &str, content: Value, problems: &[u16]) -> Value {
    let mut responses = Map::new();
    responses.insert("200".into(), json!({ "description": "Done.", "content": content }));
    for status in problems {
        responses.insert(status.to_string(), json!({ "$ref": "#/components/responses/Problem" }));
    }
    json!({ "get": {
        "operationId": id, "tags": ["operation"], "summary": summary,
        "parameters": [], "responses": responses, "security": [],
    } })
}

fn alive() -> Value {
    json!({
        "type": "object", "required": ["status"],
        "properties": {
            "status": { "const": "ok" },
            "version": { "type": "string", "description": "Of the program; for callers on its machine alone." },
        },
    })
}

fn ready() -> Value {
    json!({
        "type": "object", "required": ["status", "timers", "quarantine", "standby"],
        "properties": {
            "status": { "const": "ready" },
            "timers": {
                "type": "object", "required": ["last_look", "late_seconds", "alarm"],
                "properties": {
                    "last_look": { "type": ["string", "null"], "format": "date-time" },
                    "late_seconds": { "type": "integer" },
                    "alarm": { "type": "boolean" },
                },
            },
            "quarantine": { "type": "boolean", "description": "It was put back from a backup and waits for its release." },
            "standby": {
                "type": ["object", "null"], "required": ["mode", "following", "lag_bytes"],
                "description": "How PostgreSQL's standbys follow; null on SQLite.",
                "properties": {
                    "mode": { "type": "string" },
                    "following": { "type": "integer" },
                    "lag_bytes": { "type": ["integer", "null"] },
                },
            },
            "database": { "type": "string", "description": "Its kind; for callers on this machine alone." },
        },
    })
}
