//! Everything that a person can `GET`, found as a curious client would: each list, each filter, each page, each
//! thing that a list names.

use crate::routes::ask::operations;
use crate::support::browser::{Browser, Page};
use crate::support::{Client, Reply};
use serde_json::Value;
use std::collections::HashMap;

/// Every answer to this person, with its place; `words` are looked for by every search.
pub async fn everything(client: &Client, words: &[String]) -> Vec<(String, Reply)> {
    everything_in_order(client, words, || {}).await
}

/// As [`everything`]; `tick` lets time pass before each request, so that what each leaves behind has an order.
pub async fn everything_in_order(client: &Client, words: &[String], tick: impl Fn()) -> Vec<(String, Reply)> {
    let mut places: Vec<String> = Vec::new();
    for operation in operations().into_iter().filter(|o| o.method == "GET" && o.path.starts_with("/api/v1/")) {
        let path = operation.path.trim_start_matches("/api/v1").to_owned();
        if path.contains('{') {
            let (list, rest) = path.split_once("/{").unwrap();
            let rest = rest.split_once('}').unwrap().1;
            tick();
            for name in names(client, list).await {
                let query = if rest == "/days" { "?from=2026-03-01&to=2026-03-31" } else { "" };
                places.push(format!("{list}/{name}{rest}{query}"));
            }
        } else {
            places.push(path);
        }
    }
    for status in ["open", "new", "in_progress", "pending", "resolved", "closed", "cancelled"] {
        places.push(format!("/tickets?status={status}"));
    }
    for query in ["tier=1", "tier=2", "opd=disdik", "assignee=none", "assignee=me", "sort=priority", "limit=1"] {
        places.push(format!("/tickets?{query}"));
    }
    for query in ["by=opd", "by=tier", "by=service", "by=priority", "by=technician", "by=opd&format=csv"] {
        places.push(format!("/reports/sla?from=2026-02-01&to=2026-03-31&{query}"));
    }
    for query in ["inactive=true", "role=tier1", "role=requester", "opd=disdik", "opd=dinkes", "limit=1"] {
        places.push(format!("/people?{query}"));
    }
    places
        .extend(["/notices?unread=true", "/notices?limit=1", "/services?limit=1", "/opds?limit=1"].map(str::to_owned));
    for word in words {
        let word: String = url::form_urlencoded::byte_serialize(word.as_bytes()).collect();
        places.extend([format!("/tickets?q={word}"), format!("/tickets?q={word}&sort=created_at")]);
        places.push(format!("/people?q={word}&inactive=true"));
    }
    let mut all = Vec::new();
    for place in places {
        let mut next = place.clone();
        // Every page, so that a cursor can't lead anywhere else; lists of a test are short.
        for _ in 0..120 {
            tick();
            let reply = client.get(&next).await;
            let cursor = serde_json::from_str::<Value>(&reply.text).ok();
            let cursor = cursor.and_then(|page| page["next_cursor"].as_str().map(str::to_owned));
            all.push((place.clone(), reply));
            let Some(cursor) = cursor else { break };
            next = format!("{place}{}cursor={cursor}", if place.contains('?') { '&' } else { '?' });
        }
    }
    all
}

/// Pages of one path at most: months and cursors go on for ever.
const OF_ONE_PATH: usize = 8;

/// Every page and every file that links lead to from where work begins, and what the pages' searches answer.
pub async fn pages(browser: &Browser, words: &[String]) -> Vec<Page> {
    let word = |word: &String| url::form_urlencoded::byte_serialize(word.as_bytes()).collect::<String>();
    let sought = words.iter().flat_map(|w| {
        let w = word(w);
        [
            format!("/tickets?status=all&q={w}"),
            format!("/report/similar?service=simpeg&subject={w}"),
            format!("/admin/people?q={w}"),
        ]
    });
    let mut waiting: Vec<String> = sought.collect();
    waiting.extend(["/", "/tickets?status=all", "/report?service=simpeg", "/answers"].map(str::to_owned));
    let (mut seen, mut found): (HashMap<String, usize>, Vec<Page>) = (HashMap::new(), Vec::new());
    while let Some(place) = waiting.pop() {
        let path = place.split(['?', '#']).next().unwrap_or_default().to_owned();
        let of_it = seen.entry(path).or_default();
        if found.iter().any(|page| page.place == place) || (*of_it >= OF_ONE_PATH && !place.contains("q=")) {
            continue;
        }
        *of_it += 1;
        let page = browser.get(&place).await;
        let links = page.attributes("a[href]", "href").into_iter().filter(|href| href.starts_with('/'));
        waiting.extend(links.map(|href| href.split('#').next().unwrap_or_default().to_owned()));
        found.push(Page { place, ..page });
    }
    found
}

/// What the list at this place names; attachments are named by their tickets.
async fn names(client: &Client, list: &str) -> Vec<String> {
    if list == "/attachments" {
        let mut files = Vec::new();
        for ticket in Box::pin(names(client, "/tickets")).await {
            files.extend(items(client, &format!("/tickets/{ticket}/attachments"), "id").await);
        }
        return files;
    }
    let coded = ["/opds", "/services", "/calendars", "/agreements"].contains(&list);
    let field = if coded { "code" } else { "id" };
    items(client, &format!("{list}?limit=200"), field).await
}

async fn items(client: &Client, place: &str, field: &str) -> Vec<String> {
    let reply = client.get(place).await;
    let page: Value = serde_json::from_str(&reply.text).unwrap_or_default();
    let found = page["items"].as_array().cloned().unwrap_or_default();
    found.iter().filter_map(|item| item[field].as_str().map(str::to_owned)).collect()
}

/// The answers with ids and ticket numbers named in the order in which they come, and without what no two requests
/// share: request ids, cursors.
pub fn normalised(answers: Vec<(String, Reply)>) -> Vec<(String, String)> {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut name = |text: &str| -> String {
        let mut out = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(length) = name_at(rest) {
                let next = seen.len();
                out.push_str(&format!("<{}>", seen.entry(rest[..length].to_owned()).or_insert(next)));
                rest = &rest[length..];
            } else {
                let c = rest.chars().next().unwrap_or_default();
                out.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        out
    };
    answers
        .into_iter()
        .map(|(place, reply)| {
            let mut body = reply.text.clone();
            if let Some((before, after)) = body.split_once("\"next_cursor\":\"") {
                body = format!("{before}\"next_cursor\":\"…{}", &after[after.find('"').unwrap_or(0)..]);
            }
            // Random by design: the salt of an audit entry, the commitment to it in the leaf, and the id of the request.
            for field in ["\"leaf\":\"", "\"salt\":\"", "\"request\":\""] {
                let mut parts = body.split(field);
                let first = parts.next().unwrap_or_default().to_owned();
                let rest = parts.map(|part| format!("{field}…{}", &part[part.find('"').unwrap_or(0)..]));
                body = first + &rest.collect::<String>();
            }
            (name(&place), name(&format!("{}\n{}\n{body}", reply.status, reply.head())))
        })
        .collect()
}

/// Length of the id or ticket number with which `text` begins.
fn name_at(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let is_id = bytes.len() >= 36
        && bytes[..36].iter().enumerate().all(|(n, b)| match n {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_digit() || (b'a'..=b'f').contains(b),
        });
    if is_id {
        return Some(36);
    }
    let is_number = bytes.len() >= 15
        && bytes[..3].iter().all(u8::is_ascii_uppercase)
        && bytes[3] == b'-'
        && bytes[4..8].iter().all(u8::is_ascii_digit)
        && bytes[8] == b'-'
        && bytes[9..15].iter().all(u8::is_ascii_digit);
    is_number.then_some(15)
}

#[test]
fn ids_and_numbers_get_the_same_name_wherever_they_come() {
    let id = "01890000-0000-7000-8000-000000000000";
    let reply = |text: String| Reply { status: 200, headers: Vec::new(), text };
    let answers = vec![
        ("a".to_owned(), reply(format!("LBK-2026-000001 {id}"))),
        (format!("b/{id}"), reply("é LBK-2026-000002 LBK-2026-000001 \"next_cursor\":\"abc\"}".into())),
    ];
    let texts: Vec<String> = normalised(answers).into_iter().flat_map(|(a, b)| [a, b]).collect();
    assert_eq!(texts, ["a", "200\n\n<0> <1>", "b/<1>", "200\n\né <2> <0> \"next_cursor\":\"…\"}"]);
}
