//! HTML as text: what a reader sees as lines becomes lines, the cells of a row stand beside each other, and what was
//! quoted bears the mark that it has in plain text.

use mail_parser::decoders::html::html_to_text;

/// Elements that begin and end a line.
const BLOCKS: [&str; 36] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "dd",
    "details",
    "dir",
    "div",
    "dl",
    "dt",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tr",
    "ul",
    "menu",
];
/// Elements whose content nobody sees.
const UNSEEN: [&str; 4] = ["script", "style", "template", "title"];
/// Characters of the longest of those names.
const LONGEST: usize = 10;
/// Bytes that lines and marks may make of a message; without many of them none is so long.
const ROOM: usize = 64 * 1024 * 1024;
/// What a rule is in plain text; programs put one above the message that is answered.
const RULE: &str = "________________________________";

/// The words of an HTML text. The work grows with its length and no faster (R24).
#[must_use]
pub fn text_of(html: &str) -> String {
    let room = String::with_capacity(html.len());
    let mut lines = Lines { html: room, bare: true, exact: false, begun: false, quotes: 0, endless: Vec::new() };
    let mut rest = html;
    while let Some((words, after)) = rest.split_once('<') {
        if lines.html.len() > ROOM {
            return html_to_text(&lines.html);
        }
        lines.words(words);
        rest = lines.markup(after);
    }
    lines.words(rest);
    html_to_text(&lines.html)
}

/// HTML in which each line ends with a `<br>`, for a converter that knows no other line.
struct Lines {
    html: String,
    /// Nothing stands in the current line.
    bare: bool,
    /// Blanks and ends of lines count.
    exact: bool,
    /// They have just begun to.
    begun: bool,
    /// Quotes inside each other.
    quotes: usize,
    /// What ends nowhere from here on, and is looked for no more.
    endless: Vec<&'static str>,
}

impl Lines {
    /// Reads what stands behind a `<`; gives what comes after it. What ends nowhere hides nothing.
    fn markup<'a>(&mut self, rest: &'a str) -> &'a str {
        if let Some(comment) = rest.strip_prefix("!--") {
            return self.after_comment(comment);
        }
        let is_tag = rest.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        let end = if is_tag { self.end_of_tag(rest) } else { None };
        let Some((tag, after)) = end.and_then(|end| rest.split_at_checked(end)) else {
            self.words("&lt;");
            return rest;
        };
        let after = after.get(1..).unwrap_or_default();
        let name = name(tag);
        self.element(&name, tag);
        match UNSEEN.iter().find(|unseen| **unseen == name && !tag.starts_with('/')) {
            Some(unseen) => self.after_unseen(unseen, after),
            None => after,
        }
    }

    /// `<!-->` and `<!--->` are whole.
    fn after_comment<'a>(&mut self, comment: &'a str) -> &'a str {
        let empty = comment.strip_prefix('>').or_else(|| comment.strip_prefix("->"));
        empty.or_else(|| self.find("-->", || comment.split_once("-->").map(|(_, after)| after))).unwrap_or(comment)
    }

    /// What comes after the element; its end is read as any other tag.
    fn after_unseen<'a>(&mut self, name: &'static str, inner: &'a str) -> &'a str {
        let ends = |at: &usize| {
            let after = inner.get(at + 2..).unwrap_or_default();
            after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name))
        };
        let end = self.find(name, || inner.match_indices("</").map(|(at, _)| at).find(ends));
        end.and_then(|end| inner.get(end..)).unwrap_or(inner)
    }

    /// Looks for something to the end once only, so that the work does not grow with what begins and does not end.
    fn find<T>(&mut self, what: &'static str, look: impl FnOnce() -> Option<T>) -> Option<T> {
        if self.endless.contains(&what) {
            return None;
        }
        let found = look();
        if found.is_none() {
            self.endless.push(what);
        }
        found
    }

    /// Where a tag ends: outside the quotes of its attributes, or anyhow where one of these ends nowhere.
    fn end_of_tag(&mut self, tag: &str) -> Option<usize> {
        let unquoted = self.find("\"", || {
            let (mut quote, mut before) = (None, b' ');
            tag.bytes().position(|b| {
                match quote {
                    Some(open) if open == b => quote = None,
                    None if before == b'=' && matches!(b, b'"' | b'\'') => quote = Some(b),
                    None if b == b'>' => return true,
                    _ => {}
                }
                before = if b.is_ascii_whitespace() { before } else { b };
                false
            })
        });
        unquoted.or_else(|| self.find(">", || tag.find('>')))
    }

    fn element(&mut self, name: &str, tag: &str) {
        let closes = tag.starts_with('/');
        match name {
            "br" => self.end(),
            "td" | "th" if !closes && !self.bare => self.html.push_str("&#9;"),
            block if BLOCKS.contains(&block) => self.block(block, tag, closes),
            // Others stand inside words; behind the first of a line the converter would lose a blank.
            _ => {}
        }
    }

    fn block(&mut self, name: &str, tag: &str, closes: bool) {
        self.end_if_begun();
        match name {
            "pre" => (self.exact, self.begun) = (!closes, !closes),
            "hr" => {
                self.html.push_str(RULE);
                self.end();
            }
            "blockquote" if closes => self.quotes = self.quotes.saturating_sub(1),
            "blockquote" if self.quotes > 0 || is_quote(tag) => self.quotes += 1,
            "li" if !closes => {
                self.mark();
                self.html.push_str("- ");
            }
            _ => {}
        }
    }

    fn end(&mut self) {
        self.html.push_str("<br>");
        self.bare = true;
    }

    fn end_if_begun(&mut self) {
        if !self.bare {
            self.end();
        }
    }

    /// Begins a line, as a quote where it is one.
    fn mark(&mut self) {
        if self.bare && self.quotes > 0 {
            self.html.push_str("&gt; ");
        }
        self.bare = false;
    }

    fn words(&mut self, words: &str) {
        if self.exact {
            return self.exact_words(words);
        }
        // Blanks at the beginning of a line are none.
        let words = if self.bare { words.trim_ascii_start() } else { words };
        if !words.trim_ascii().is_empty() {
            self.mark();
        }
        self.html.push_str(words);
    }

    fn exact_words(&mut self, words: &str) {
        // The first end of a line is none, as in a browser.
        let words = if std::mem::take(&mut self.begun) { words.trim_start_matches(['\r', '\n']) } else { words };
        for c in words.chars() {
            if self.html.len() > ROOM {
                return;
            }
            match c {
                '\n' => self.end(),
                '\r' => {}
                ' ' => self.html.push_str("&#32;"),
                '\t' => self.html.push_str("&#9;"),
                c => {
                    self.mark();
                    self.html.push(c);
                }
            }
        }
    }
}

/// The name in a tag, in lower case; empty if it is longer than any that matters.
fn name(tag: &str) -> String {
    let name = tag.trim_start_matches('/').bytes().take(LONGEST + 1).take_while(u8::is_ascii_alphanumeric);
    let name: String = name.map(|b| char::from(b.to_ascii_lowercase())).collect();
    if name.len() > LONGEST { String::new() } else { name }
}

/// A quote by its plain name or as programs mark it (Gmail, Apple, Thunderbird, Roundcube, Zimbra), but no mere indent.
fn is_quote(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    !tag.contains("margin") || ["cite=", "\"cite\"", "_quote", "border-left"].iter().any(|mark| tag.contains(mark))
}
