//! A browser without script: it follows links, fills forms in, keeps cookies, and reads what a page shows.

use super::TestApp;
use super::client::{MULTIPART, form_of};
use actix_http::Request;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use futures_util::future::LocalBoxFuture;
use scraper::{ElementRef, Html, Selector};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

type Serve = Rc<dyn Fn(Request) -> LocalBoxFuture<'static, ServiceResponse<BoxBody>>>;

const HOST: &str = "sigap.test";

/// Somebody's browser.
pub struct Browser {
    serve: Serve,
    pub cookies: RefCell<BTreeMap<String, String>>,
}

/// A page as it came.
#[derive(Debug, Clone)]
pub struct Page {
    pub status: u16,
    /// Where one is after every redirection.
    pub place: String,
    pub headers: Vec<(String, String)>,
    pub html: String,
    /// The same where it is no text.
    pub bytes: Vec<u8>,
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}

fn words(element: ElementRef<'_>) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Browser {
    pub fn new(app: &TestApp) -> Self {
        Self { serve: Rc::clone(&app.serve), cookies: RefCell::default() }
    }

    /// A browser in which this account of the demo has signed in.
    pub async fn of(app: &TestApp, login: &str) -> Self {
        let browser = Self::new(app);
        let page = browser.get("/sign-in").await;
        let page = browser.fill(&page, "/sign-in", &[("login", login), ("password", "sigap-demo-2026")]).await;
        assert_eq!(page.status, 200, "{}", page.html);
        browser
    }

    pub async fn lebak(app: &TestApp, account: &str) -> Self {
        Self::of(app, &format!("{account}@lebakkab.go.id")).await
    }

    pub async fn get(&self, path: &str) -> Page {
        self.follow(Method::GET, path, &[], Vec::new()).await
    }

    /// What its forms carry, for a request that is made by hand.
    pub async fn form_token(&self) -> String {
        self.get("/notices").await.attributes("form[action='/sign-out'] input", "value")[0].clone()
    }

    /// Sends a form as it stands on the page, with these fields filled in, and as it says that it is to be sent.
    pub async fn fill(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let action = &page.address(action);
        let may_hold_files = format!("form[action={action:?}][enctype='multipart/form-data']");
        if !page.elements(&may_hold_files).is_empty() {
            return self.send_multipart(page, action, fields).await;
        }
        let sent = page.form(action, fields);
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&sent).finish();
        self.post(action, &[], body).await
    }

    /// Sends a form by one of its buttons, which has a name and a value of its own.
    pub async fn press(&self, page: &Page, action: &str, button: (&str, &str)) -> Page {
        let action = &page.address(action);
        let mut sent = page.form(action, &[]);
        sent.push((button.0.to_owned(), button.1.to_owned()));
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&sent).finish();
        self.post(action, &[], body).await
    }

    /// Ends all of its person's sessions, without this browser's knowing.
    pub async fn end_unseen(&self) {
        let page = self.get("/account").await;
        let cookies = self.cookies.borrow().clone();
        self.press(&page, "/account/sessions", ("id", "all")).await;
        *self.cookies.borrow_mut() = cookies;
    }

    /// Sends a form that may hold files, with one.
    pub async fn fill_with_file(&self, page: &Page, action: &str, fields: &[(&str, &str)], file: (&str, &str)) -> Page {
        self.send_parts(page, action, fields, &[(&format!("file/{}", file.0), file.1)]).await
    }

    /// Sends a form that is made for files and has none.
    pub async fn send_multipart(&self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        self.send_parts(page, action, fields, &[]).await
    }

    async fn send_parts(&self, page: &Page, action: &str, fields: &[(&str, &str)], files: &[(&str, &str)]) -> Page {
        let action = &page.address(action);
        let filled = page.form(action, fields);
        let fields = filled.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let body = form_of(&fields.chain(files.iter().copied()).collect::<Vec<_>>());
        let headers = [("content-type", MULTIPART), ("origin", "http://sigap.test")];
        self.follow(Method::POST, action, &headers, body).await
    }

    /// Sends an encoded form from a page of ours.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> Page {
        let mut all = vec![("content-type", "application/x-www-form-urlencoded"), ("origin", "http://sigap.test")];
        all.retain(|(name, _)| !headers.iter().any(|(other, _)| other == name));
        all.extend_from_slice(headers);
        self.follow(Method::POST, path, &all, body.into_bytes()).await
    }

    async fn follow(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Page {
        let mut page = self.once(method, path, headers, body).await;
        for _ in 0..5 {
            let Some(next) = page.header("location").map(str::to_owned) else { return page };
            page = self.once(Method::GET, &next, &[], Vec::new()).await;
        }
        panic!("{path} leads in a circle");
    }

    /// One request, without following where it leads.
    pub async fn once(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Page {
        let mut request = TestRequest::default().method(method).uri(path).set_payload(body);
        request = request.insert_header(("host", HOST)).insert_header(("accept", "text/html,*/*"));
        let cookies: Vec<String> =
            self.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            request = request.insert_header(("cookie", cookies.join("; ")));
        }
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        let response = (self.serve)(request.to_request()).await;
        for cookie in response.response().cookies() {
            let (name, value) = (cookie.name().to_owned(), cookie.value().to_owned());
            if value.is_empty() {
                self.cookies.borrow_mut().remove(&name);
            } else {
                self.cookies.borrow_mut().insert(name, value);
            }
        }
        let text = |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        let status = response.status().as_u16();
        let bytes = to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("a broken body"));
        let html = String::from_utf8_lossy(&bytes).into_owned();
        Page { status, place: path.to_owned(), headers, html, bytes: bytes.to_vec() }
    }
}

impl Page {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The words of every element that fits.
    pub fn all(&self, css: &str) -> Vec<String> {
        Html::parse_document(&self.html).select(&selector(css)).map(words).collect()
    }

    /// Every element that fits, as it stands in the page.
    pub fn elements(&self, css: &str) -> Vec<String> {
        let page = Html::parse_document(&self.html);
        page.select(&selector(css)).map(|element| element.html()).collect()
    }

    /// The words of the first element that fits.
    pub fn first(&self, css: &str) -> String {
        self.all(css).into_iter().next().unwrap_or_else(|| panic!("no {css} at {}:\n{}", self.place, self.html))
    }

    /// Where the ticket is that this page shows, however one came to it.
    pub fn ticket(&self) -> &str {
        self.place.split(['?', '#']).next().unwrap_or_default()
    }

    /// The whole page in words.
    pub fn words(&self) -> String {
        self.first("body")
    }

    /// An attribute of every element that fits.
    pub fn attributes(&self, css: &str, name: &str) -> Vec<String> {
        let page = Html::parse_document(&self.html);
        page.select(&selector(css)).filter_map(|e| e.value().attr(name).map(str::to_owned)).collect()
    }

    /// Where its forms go.
    pub fn forms(&self) -> Vec<String> {
        self.attributes("form[method=post]", "action")
    }

    /// Where a form is sent: its address may hold the way back behind what names it.
    fn address(&self, action: &str) -> String {
        let forms = self.forms();
        let is_meant = |form: &&String| *form == action || form.split_once('?').is_some_and(|(path, _)| path == action);
        forms.iter().find(is_meant).map_or_else(|| action.to_owned(), Clone::clone)
    }

    /// What a browser would send of a form, for a button that leads elsewhere.
    pub fn sent(&self, action: &str, fields: &[(&str, &str)]) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.form(action, fields)).finish()
    }

    /// The fields of a form as a browser would send it, with these filled in.
    pub fn form(&self, action: &str, fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let page = Html::parse_document(&self.html);
        let action = &self.address(action);
        let of = |method: &str| page.select(&selector(&format!("form[method={method}][action={action:?}]"))).next();
        let form = of("post").or_else(|| of("get"));
        let form = form.unwrap_or_else(|| panic!("no form {action} at {}; there are {:?}", self.place, self.forms()));
        let mut sent = BTreeMap::new();
        for field in form.select(&selector("input, textarea, select")) {
            let attribute = |name| field.value().attr(name);
            let Some(name) = attribute("name") else { continue };
            let kind = attribute("type").unwrap_or("text");
            let value = match field.value().name() {
                "textarea" => Some(field.text().collect()),
                "select" => {
                    let options: Vec<_> = field.select(&selector("option")).collect();
                    let chosen = options.iter().find(|o| o.value().attr("selected").is_some()).or(options.first());
                    chosen.map(|o| o.value().attr("value").unwrap_or_default().to_owned())
                }
                _ if kind == "file" => None,
                _ if ["radio", "checkbox"].contains(&kind) && attribute("checked").is_none() => None,
                _ => Some(attribute("value").unwrap_or_default().to_owned()),
            };
            if let Some(value) = value {
                sent.insert(name.to_owned(), value);
            }
        }
        for (name, value) in fields {
            let there = form.select(&selector(&format!("[name={name:?}]"))).next().is_some();
            assert!(there, "the form {action} has no field {name}");
            sent.insert((*name).to_owned(), (*value).to_owned());
        }
        sent.into_iter().collect()
    }
}
