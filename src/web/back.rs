//! Where a page leads back to: after signing in, after an error that passes, in another language. A form that was sent is
//! no place to come back to (a browser would be told 405), so it leads to the page on which it stood.

use super::visit::is_ours;
use crate::app::App;
use crate::http::header;
use actix_web::HttpRequest;
use actix_web::http::header::REFERER;
use actix_web::http::uri::PathAndQuery;
use actix_web::web::Data;
use url::Url;

/// The paths of the pages, and whether a browser may open each; those written out before those with a name in them.
pub struct Places(Vec<(&'static str, bool)>);

impl Places {
    /// Of all pages.
    pub fn new(pages: impl IntoIterator<Item = (&'static str, bool)>) -> Self {
        let mut all: Vec<_> = pages.into_iter().collect();
        // As the routes are looked for: `{` comes after all letters.
        all.sort_unstable();
        Self(all)
    }

    fn opens(&self, path: &str) -> bool {
        self.0.iter().find(|(pattern, _)| fits(pattern, path)).is_some_and(|(_, opens)| *opens)
    }

    /// The page that owns a form with this path: the nearest one above it.
    fn owner<'a>(&self, mut path: &'a str) -> &'a str {
        while !self.opens(path) {
            match path.rsplit_once('/') {
                Some((above, _)) if !above.is_empty() => path = above,
                _ => return "/",
            }
        }
        path
    }
}

/// `true` if a path is one of a pattern, in which `{name}` stands for any part.
fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    let alike = |(name, part): (&&str, &&str)| name == part || (name.starts_with('{') && !part.is_empty());
    pattern.len() == path.len() && pattern.iter().zip(&path).all(alike)
}

/// A place of ours; else the beginning. `//host` and `/\host` lead elsewhere.
#[must_use]
pub fn ours(place: &str) -> &str {
    let inside = place.starts_with('/') && !place.starts_with("//") && !place.contains(['\\', '\r', '\n', '\t']);
    if inside { place } else { "/" }
}

/// Path and query to come back to: of a page its own, of a form those of the page that it was sent from.
#[must_use]
pub fn back(request: &HttpRequest) -> String {
    let here = request.uri().path_and_query().map_or("/", PathAndQuery::as_str);
    if request.method().is_safe() {
        return ours(here).to_owned();
    }
    let before = page_before(request);
    let place = ours(before.as_deref().unwrap_or(here));
    let path = place.split('?').next().unwrap_or(place);
    match request.app_data::<Data<Places>>() {
        Some(places) if places.opens(path) => place.to_owned(),
        Some(places) => places.owner(path).to_owned(),
        None => "/".to_owned(),
    }
}

/// Path and query of the page from which a form was sent, if it is one of ours.
fn page_before(request: &HttpRequest) -> Option<String> {
    let page = Url::parse(header(request, REFERER.as_str())?).ok()?;
    let app = request.app_data::<Data<App>>()?;
    let query = page.query().map(|query| format!("?{query}")).unwrap_or_default();
    let place = format!("{}{query}", page.path());
    is_ours(request, &page.origin().ascii_serialization(), &app.config.public_url).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_back_to_the_nearest_page_above_it() {
        let pages = [
            ("/", true),
            ("/tickets", true),
            ("/tickets/acts", false),
            ("/tickets/{number}", true),
            ("/tickets/{number}/{act}", false),
            ("/views/{id}/remove", false),
        ];
        let places = Places::new(pages);
        for (path, owner) in [
            ("/", "/"),
            ("/tickets/LBK-2026-000001", "/tickets/LBK-2026-000001"),
            ("/tickets/LBK-2026-000001/escalate", "/tickets/LBK-2026-000001"),
            ("/tickets/acts", "/tickets"),
            ("/tickets/", "/tickets"),
            ("/views/7/remove", "/"),
            ("/nothing/of/ours", "/"),
            ("", "/"),
        ] {
            assert_eq!(places.owner(path), owner, "{path}");
        }
    }
}
