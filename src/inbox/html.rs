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
    let mut lines = Lines { html: String::with_capacity(html.len()), bare: true, exact: false, quotes: 0 };
    let mut pieces = html.split('<');
    lines.words(pieces.next().unwrap_or_default());
    for piece in pieces {
        if lines.html.len() > ROOM {
            break;
        }
        lines.element(piece);
    }
    html_to_text(&lines.html)
}

/// HTML in which each line ends with a `<br>`, for a converter that knows no other line.
struct Lines {
    html: String,
    /// Nothing stands in the current line.
    bare: bool,
    /// Blanks and ends of lines count.
    exact: bool,
    /// Quotes inside each other.
    quotes: usize,
}

impl Lines {
    /// A tag without its `<`, and the words after it.
    fn element(&mut self, piece: &str) {
        let Some((tag, words)) = piece.split_once('>') else {
            // It ends nowhere; whatever it is, it stays so.
            self.html.push('<');
            self.html.push_str(piece);
            return;
        };
        let closes = tag.starts_with('/');
        let name = name(tag);
        match name.as_str() {
            "br" => self.end(),
            // The converter would end a line once more.
            "p" if closes => self.end_if_begun(),
            "td" | "th" if !closes && !self.bare => self.html.push_str("&#9;"),
            block if BLOCKS.contains(&block) => self.block(block, tag, closes),
            _ => self.tag(tag),
        }
        if UNSEEN.contains(&name.as_str()) {
            self.html.push_str(words);
        } else {
            self.words(words);
        }
    }

    fn block(&mut self, name: &str, tag: &str, closes: bool) {
        self.end_if_begun();
        match name {
            "pre" => self.exact = !closes,
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
        self.tag(tag);
    }

    fn tag(&mut self, tag: &str) {
        self.html.push('<');
        self.html.push_str(tag);
        self.html.push('>');
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
        let words = if self.html.ends_with("<pre>") { words.trim_start_matches(['\r', '\n']) } else { words };
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
