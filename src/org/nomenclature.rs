//! How a region names the mailboxes and sites of its organisations, and which addresses are official.
//!
//! Every region prescribes its own spelling (Blora 31–33 and annexes I, II; Temanggung 23(6)–(7); Lebak 22(2);
//! Purbalingga 16), so the patterns are read from `config/regions/` and only their grammar stands here.

use std::collections::BTreeMap;

use serde::Deserialize;

pub use crate::mail::address::is_official;

const ABBREVIATION: &str = "{abbr}";
const PLACE: &str = "{name}";
const PLACE_AS_WRITTEN: &str = "{Name}";

/// RFC 5321, 4.5.3.1: the longest local part.
const LOCAL_PART_LIMIT: usize = 64;
/// RFC 1035, 2.3.4: the longest label of a host name.
const LABEL_LIMIT: usize = 63;

/// The `[nomenclature]` table of a region: patterns by kind of organisation (B2, T3, L15, P1).
#[derive(Clone, Debug, Deserialize)]
pub struct Nomenclature {
    default: Pattern,
    #[serde(default)]
    fixed: BTreeMap<String, String>,
    #[serde(default)]
    site: BTreeMap<String, Pattern>,
    #[serde(default)]
    fixed_site: BTreeMap<String, String>,
    #[serde(flatten)]
    kinds: BTreeMap<String, Pattern>,
}

/// Why a region's file is refused.
#[derive(Debug, thiserror::Error)]
enum PatternError {
    #[error("`{0}` lacks {{abbr}}, {{name}} or {{Name}}, so two organisations get one address")]
    NoPlaceholder(String),
    #[error("`{0}` may hold letters, digits, `._-`, {{abbr}}, {{name}} and {{Name}}")]
    Characters(String),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
struct Pattern(String);

impl Nomenclature {
    /// The official mailbox of an organisation. The spelling keeps the case that the region prescribes; compare
    /// addresses without regard to case.
    #[must_use]
    pub fn mailbox(&self, kind: &str, code: &str, short_name: &str, name: &str, mail_domain: &str) -> String {
        let local = self.fixed.get(code).cloned().unwrap_or_else(|| {
            let pattern = self.kinds.get(kind).unwrap_or(&self.default);
            pattern.fill(kind, code, short_name, name)
        });
        format!("{}@{mail_domain}", shortened(&local, LOCAL_PART_LIMIT))
    }

    /// Whether a mailbox, if there is one, is spelt by the pattern, under whichever domain and in whichever case.
    #[must_use]
    pub fn fits(&self, mailbox: Option<&str>, kind: &str, code: &str, short_name: &str, name: &str) -> bool {
        let local = |address: &str| address.split('@').next().unwrap_or_default().to_ascii_lowercase();
        let wanted = local(&self.mailbox(kind, code, short_name, name, ""));
        mailbox.is_none_or(|mailbox| local(mailbox) == wanted)
    }

    /// The host of an organisation's site under the region's domain; `None` for kinds that have no site of their own.
    #[must_use]
    pub fn site_host(&self, kind: &str, code: &str, short_name: &str, name: &str, domain: &str) -> Option<String> {
        let label = match self.fixed_site.get(code) {
            Some(label) => label.clone(),
            None => self.site.get(kind)?.fill(kind, code, short_name, name),
        };
        let host = format!("{}.{domain}", shortened(&label, LABEL_LIMIT));
        Some(host.to_ascii_lowercase())
    }
}

impl Pattern {
    fn fill(&self, kind: &str, code: &str, short_name: &str, name: &str) -> String {
        let or_code = |text: String| if text.is_empty() { slug(code) } else { text };
        let abbreviation = or_code(slug(short_name)).to_ascii_lowercase();
        let place = or_code(slug(place_name(kind, name)));
        self.0
            .replace(ABBREVIATION, &abbreviation)
            .replace(PLACE, &place.to_ascii_lowercase())
            .replace(PLACE_AS_WRITTEN, &place)
    }
}

impl TryFrom<String> for Pattern {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        let bare = text.replace(ABBREVIATION, "").replace(PLACE, "").replace(PLACE_AS_WRITTEN, "");
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if !bare.chars().all(allowed) {
            Err(PatternError::Characters(text))
        } else if bare == text {
            Err(PatternError::NoPlaceholder(text))
        } else {
            Ok(Self(text))
        }
    }
}

/// "Kelurahan Cepu, Kecamatan Cepu" of kind `kelurahan` is the place "Cepu".
fn place_name<'a>(kind: &str, name: &'a str) -> &'a str {
    let own = name.split_once(',').map_or(name, |(own, _)| own).trim();
    match own.split_once(' ') {
        Some((first, place)) if first.eq_ignore_ascii_case(kind) => place,
        _ => own,
    }
}

fn slug(text: &str) -> String {
    let kept: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    kept.trim_matches('-').to_owned()
}

fn shortened(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[derive(Deserialize)]
    struct Region {
        domain: String,
        mail_domain: String,
        nomenclature: Nomenclature,
    }

    macro_rules! region {
        ($name:literal) => {{
            let toml = include_str!(concat!("../../config/regions/", $name, ".toml"));
            let csv = include_str!(concat!("../../config/opd/", $name, ".csv"));
            (toml::from_str::<Region>(toml).unwrap(), csv)
        }};
    }

    // B2, T3, L15, P1
    #[test]
    fn every_organisation_of_every_region_has_one_official_mailbox_of_its_own() {
        for (region, csv) in [region!("lebak"), region!("temanggung"), region!("blora"), region!("purbalingga")] {
            let (domain, n) = (region.domain, region.nomenclature);
            let (mut mailboxes, mut hosts) = (BTreeSet::new(), BTreeSet::new());
            for row in csv::Reader::from_reader(csv.as_bytes()).records() {
                let row = row.unwrap();
                let (code, short, name, kind) = (&row[0], &row[1], &row[2], &row[3]);
                let mailbox = n.mailbox(kind, code, short, name, &region.mail_domain);
                assert!(is_official(&mailbox, &[&domain]), "{mailbox}");
                assert!(mailboxes.insert(mailbox.to_lowercase()), "{mailbox}");
                if let Some(host) = n.site_host(kind, code, short, name, &domain) {
                    assert!(is_official(&format!("a@{host}"), &[&domain]), "{host}");
                    assert!(!host.contains('_') && hosts.insert(host.clone()), "{host}");
                }
            }
            assert!(mailboxes.len() > 70 && hosts.len() > 50);
        }
    }

    // B2
    #[test]
    fn blora_spells_its_addresses_as_annex_ii_does() {
        let n = region!("blora").0.nomenclature;
        for row in "sekretariat|setda|SETDA|Sekretariat Daerah|setda@|setda.
            sekretariat|setwan|SETWAN|Sekretariat DPRD|setwan@|setwan.
            dinas|disdik|DINDIK|Dinas Pendidikan|dindik@|dindik.
            kecamatan|kec-cepu|KEC-CEPU|Kecamatan Cepu|Kec_Cepu@|cepukec.
            kelurahan|kel-cepu|KEL-CEPU|Kelurahan Cepu, Kecamatan Cepu|Kel_Cepu@|cepukel.
            desa|desa-x|X|Desa Tegal Gunung|Desa_TegalGunung@|tegalgunungdesa."
            .lines()
        {
            let c: Vec<&str> = row.trim().split('|').collect();
            let domain = "blorakab.go.id";
            let mailbox = n.mailbox(c[0], c[1], c[2], c[3], domain);
            assert_eq!(mailbox, format!("{}{domain}", c[4]));
            let host = n.site_host(c[0], c[1], c[2], c[3], domain);
            assert_eq!(host, Some(format!("{}{domain}", c[5])));
        }
        let of_setda = n.site_host("bagian_setda", "bag-umum", "BAG-UMUM", "Bagian", "x.id");
        assert_eq!(of_setda, None);
    }

    // T3, L15, P1
    #[test]
    fn the_other_regions_use_the_abbreviation_under_the_official_domain() {
        let mailbox = |(region, _): (Region, &str), code, short| {
            let n = region.nomenclature;
            n.mailbox("dinas", code, short, "Dinas", &region.mail_domain)
        };
        let temanggung = mailbox(region!("temanggung"), "disdik", "DINDIKPORA");
        assert_eq!(temanggung, "dindikpora@temanggungkab.go.id");
        let lebak = mailbox(region!("lebak"), "dinkominfo", "DISKOMINFOSP");
        assert_eq!(lebak, "diskominfosp@lebakkab.go.id");
        let purbalingga = mailbox(region!("purbalingga"), "rsud-goeteng", "RSUD-GOETENG");
        assert_eq!(purbalingga, "rsudgoeteng@purbalinggakab.go.id");
    }

    // T3, L15, P1
    #[test]
    fn an_address_is_official_in_the_domain_and_its_subdomains_only() {
        let domains = ["lebakkab.go.id", "Blorakab.go.id"];
        let good = "dinkes@lebakkab.go.id Kec_Cepu@Mail.BLORAKAB.go.id a.b+c@x.y.lebakkab.go.id";
        for address in good.split(' ') {
            assert!(is_official(address, &domains), "{address}");
        }
        let bad = "@ @lebakkab.go.id lebakkab.go.id a@ a@go.id a@gmail.com a@evil-lebakkab.go.id \
            a@evillebakkab.go.id a@lebakkab.go.id.evil.com a@lebakkab.go.id. a@.lebakkab.go.id \
            a@x..lebakkab.go.id a@-.lebakkab.go.id a@lebakkab.go.id@evil.com \
            a@evil.com@lebakkab.go.id a%evil.com@lebakkab.go.id evil.com!a@lebakkab.go.id \
            \"a\"@lebakkab.go.id <a@lebakkab.go.id> a,b@lebakkab.go.id .a@lebakkab.go.id \
            a..b@lebakkab.go.id a@leb\u{430}kkab.go.id a@lebakkab\u{3002}go.id a\0@lebakkab.go.id \
            a@leb\u{ad}akkab.go.id a@[127.0.0.1] a(x)@lebakkab.go.id a@lebakkab.go.id\u{a0}";
        let spaced = "|A <a@lebakkab.go.id>|\"a b\"@lebakkab.go.id| a@lebakkab.go.id|\
            a@lebakkab.go.id |a@lebakkab.go.id\r\nBcc: x@evil.com|a@lebakkab.go.id\n";
        for address in bad.split(' ').chain(spaced.split('|')) {
            assert!(!is_official(address, &domains), "{address:?}");
        }
        assert!(!is_official("a@evil.com", &["", ".", "com."]));
    }

    #[test]
    fn a_pattern_that_would_give_two_organisations_one_address_is_refused() {
        for bad in ["kecamatan", "", "{abr}", "{name}@x", "{name} x", "{abbr}\n"] {
            assert!(Pattern::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }
}
