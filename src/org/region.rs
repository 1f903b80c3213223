//! Regions: one deployment serves several, each with its own names and domain, closed to each other (P4).

use super::Platform;
use super::domain::{is_host, lies_in, may_be_official};
use super::nomenclature::{Nomenclature, is_official};
use crate::access::{May, Tx, act};
use crate::audit;
use crate::check::Checks;
use crate::db::schema::regions;
use crate::db::{Id, Json, Ts, turn};
use crate::error::{Error, Result};
use crate::mail::choice::{REQUIRED, Topic};
use crate::mail::letter::Desk;
use crate::{on, say};
use chrono::{Datelike, Duration, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

const SHIPPED: [&str; 4] = [
    include_str!("../../config/regions/lebak.toml"),
    include_str!("../../config/regions/temanggung.toml"),
    include_str!("../../config/regions/blora.toml"),
    include_str!("../../config/regions/purbalingga.toml"),
];

/// A region as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = regions, treat_none_as_default_value = false)]
pub struct Region {
    /// Its id.
    pub id: Id,
    /// Short code, such as `lebak`.
    pub code: String,
    /// Official name.
    pub name: String,
    /// Code of the Ministry of Home Affairs, such as `36.02`.
    pub kemendagri: String,
    /// Prefix of its ticket numbers.
    pub ticket_prefix: String,
    /// Official domain (L15, T3, B2, P1).
    pub domain: String,
    /// Domain of official mail; a subdomain in Blora.
    pub mail_domain: String,
    /// Sender of notifications.
    pub desk_mailbox: String,
    /// IANA time zone.
    pub time_zone: String,
    /// Language of its messages.
    pub language: String,
    /// Rules for passwords: `nist` or `bssn`.
    pub password_policy: String,
    /// Terms, nomenclature, names of calendar and agreement.
    pub settings: Json,
    /// When it was made.
    pub created_at: Ts,
    /// Changes so far.
    pub version: i32,
}

/// What the tiers are called in a region (T1): the words belong to the region, not to the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Tier 1.
    pub tier1: String,
    /// Tier 2.
    pub tier2: String,
    /// The agency that runs Tier 2.
    pub provider: String,
}

impl Default for Terms {
    /// Those of whoever belongs to no region, and of a region that has chosen none.
    fn default() -> Self {
        Self { tier1: "Service Desk Tier 1".into(), tier2: "Service Desk Tier 2".into(), provider: "Dinkominfo".into() }
    }
}

/// A region as `config/regions/*.toml` describes it, and as an operator makes one.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Short code.
    #[schema(example = "lebak")]
    pub code: String,
    /// Official name.
    pub name: String,
    /// Code of the Ministry of Home Affairs.
    #[schema(example = "36.02")]
    pub kemendagri: String,
    /// Prefix of its ticket numbers: 2 to 5 capital letters.
    #[schema(example = "LBK")]
    pub ticket_prefix: String,
    /// Official domain: at least three labels below `id`, elsewhere two. No other region's is the same, above it or below it.
    #[schema(example = "lebakkab.go.id")]
    pub domain: String,
    /// Domain of official mail: the official domain or one below it.
    #[schema(example = "lebakkab.go.id")]
    pub mail_domain: String,
    /// Sender of notifications, in the official domain or below it.
    #[schema(example = "servicedesk@lebakkab.go.id")]
    pub desk_mailbox: String,
    /// IANA time zone.
    #[schema(example = "Asia/Jakarta")]
    pub time_zone: String,
    /// `nist` or `bssn`.
    pub password_policy: String,
    /// `id` or `en`.
    pub language: String,
    /// Code of the calendar with which it begins.
    #[schema(example = "perpres-21-2023")]
    pub calendar: String,
    /// Code of the agreement with which it begins.
    #[schema(example = "standard")]
    pub agreement: String,
    /// What the tiers are called.
    pub terms: Terms,
    /// How mailboxes and sites of organisations are named.
    #[schema(value_type = Object)]
    pub nomenclature: Value,
    /// Mails that its people can't do without; left out: hand-overs to Tier 2, questions, warnings and misses.
    #[serde(default)]
    pub required_mails: Option<Vec<Topic>>,
    /// The regulation by which its monthly report is made, as it stands at the report's foot; left out: none is named.
    #[serde(default)]
    #[schema(example = "Peraturan Bupati Lebak Nomor 24 Tahun 2024, Pasal 45")]
    pub report_basis: Option<String>,
}

impl Template {
    /// The four regions that are shipped.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file, if it does not parse.
    pub fn shipped() -> Result<Vec<Self>> {
        SHIPPED
            .iter()
            .map(|text| toml::from_str(text).map_err(|e| Error::start(format!("config/regions: {e}"))))
            .collect()
    }

    pub(super) fn check(&self) -> Result<()> {
        let mut checks = Checks::new();
        checks.code("/code", &self.code);
        checks.name("/name", &self.name, 1..=120);
        checks.line("/kemendagri", &self.kemendagri, 0..=20);
        checks.code("/calendar", &self.calendar);
        checks.code("/agreement", &self.agreement);
        for (pointer, term) in [
            ("/terms/tier1", &self.terms.tier1),
            ("/terms/tier2", &self.terms.tier2),
            ("/terms/provider", &self.terms.provider),
        ] {
            checks.name(pointer, term, 1..=120);
        }
        if let Some(basis) = &self.report_basis {
            checks.line("/report_basis", basis, 1..=200);
        }
        let capital = self.ticket_prefix.bytes().all(|b| b.is_ascii_uppercase());
        checks
            .ensure(capital && (2..=5).contains(&self.ticket_prefix.len()), "/ticket_prefix", || say!("region.prefix"));
        checks.ensure(self.time_zone.parse::<Tz>().is_ok(), "/time_zone", || say!("region.time_zone"));
        checks.ensure(matches!(self.password_policy.as_str(), "nist" | "bssn"), "/password_policy", || {
            say!("region.password_policy")
        });
        checks.ensure(matches!(self.language.as_str(), "id" | "en"), "/language", || say!("field.language"));
        self.check_domains(&mut checks);
        checks.ensure(
            serde_json::from_value::<Nomenclature>(self.nomenclature.clone()).is_ok(),
            "/nomenclature",
            || say!("region.nomenclature"),
        );
        checks.done()
    }

    /// What the domain decides is judged only where there is one.
    fn check_domains(&self, checks: &mut Checks) {
        let domain = &self.domain;
        if !may_be_official(domain) {
            return checks.fault("/domain", say!("region.domain"));
        }
        let mail = &self.mail_domain;
        checks.ensure(is_host(mail) && lies_in(mail, domain), "/mail_domain", || {
            say!("region.mail_domain", domain = domain)
        });
        checks.ensure(is_official(&self.desk_mailbox, &[domain]), "/desk_mailbox", || {
            say!("address.unofficial", domain = domain)
        });
    }
}

impl Region {
    /// The region's words for its tiers.
    #[must_use]
    pub fn terms(&self) -> Terms {
        let stored = self.settings.0.get("terms").cloned().unwrap_or_default();
        serde_json::from_value(stored).unwrap_or_default()
    }

    /// The desk that writes its mails.
    #[must_use]
    pub fn desk(&self) -> Desk {
        Desk {
            region: self.id,
            name: self.name.clone(),
            domains: vec![self.domain.clone(), self.mail_domain.clone()],
            mail_domain: self.mail_domain.clone(),
            mailbox: self.desk_mailbox.clone(),
            zone: self.time_zone.clone(),
        }
    }

    /// `true` for mails that its people get whether they want them or not.
    #[must_use]
    pub fn requires(&self, topic: Topic) -> bool {
        let stored = self.settings.0.get("required_mails").cloned().unwrap_or_default();
        serde_json::from_value::<Vec<Topic>>(stored).map_or(REQUIRED.contains(&topic), |all| all.contains(&topic))
    }

    /// All such mails.
    #[must_use]
    pub fn required_mails(&self) -> Vec<Topic> {
        Topic::ALL.iter().copied().filter(|topic| self.requires(*topic)).collect()
    }

    /// The regulation by which its monthly report is made, if one is named (L16).
    #[must_use]
    pub fn report_basis(&self) -> Option<String> {
        match self.settings.0.get("report_basis") {
            Some(stored) => stored.as_str().map(str::to_owned),
            // Made before regions named it.
            None => Template::shipped().ok()?.into_iter().find(|one| one.code == self.code)?.report_basis,
        }
    }

    /// How its mailboxes are named.
    ///
    /// # Errors
    /// [`Error::Internal`] if the stored pattern does not parse.
    pub fn nomenclature(&self) -> Result<Nomenclature> {
        let stored = self.settings.0.get("nomenclature").cloned().unwrap_or_default();
        serde_json::from_value(stored).map_err(|e| Error::internal(format!("nomenclature of {}: {e}", self.code)))
    }

    /// `true` for an address under the region's official domain.
    #[must_use]
    pub fn is_official(&self, address: &str) -> bool {
        is_official(address, &[&self.domain, &self.mail_domain])
    }

    /// The calendar day of `at` where the region lies.
    #[must_use]
    pub fn day(&self, at: Ts) -> NaiveDate {
        let zone: Tz = self.time_zone.parse().unwrap_or(chrono_tz::Asia::Jakarta);
        at.utc().with_timezone(&zone).date_naive()
    }

    /// The first instant of a day where the region lies.
    #[must_use]
    pub fn begin_of(&self, day: NaiveDate) -> Ts {
        let zone: Tz = self.time_zone.parse().unwrap_or(chrono_tz::Asia::Jakarta);
        let midnight = day.and_time(NaiveTime::MIN);
        let first = |after: i64| zone.from_local_datetime(&(midnight + Duration::hours(after))).earliest();
        // Where clocks skip midnight, the day begins when they have.
        let begin = first(0).or_else(|| first(1)).map_or_else(|| midnight.and_utc(), |at| at.to_utc());
        Ts::new(begin)
    }

    /// The calendar year of `at` where the region lies.
    #[must_use]
    pub fn year(&self, at: Ts) -> i32 {
        self.day(at).year()
    }
}

/// The beginning and the end of a day where the region of whoever acts lies; without one, by UTC.
///
/// # Errors
/// What the database says.
pub fn span(tx: &mut Tx<'_>, day: NaiveDate) -> Result<(Ts, Ts)> {
    let next = day.succ_opt().unwrap_or(day);
    if tx.actor.region.is_none() {
        return Ok((Ts::new(day.and_time(NaiveTime::MIN).and_utc()), Ts::new(next.and_time(NaiveTime::MIN).and_utc())));
    }
    let region = own(tx)?;
    Ok((region.begin_of(day), region.begin_of(next)))
}

/// Makes a region.
///
/// # Errors
/// 422 for a field that does not fit or a code that is taken.
pub fn create(tx: &mut Tx<'_>, _: May<act::KeepRegions, Platform>, template: &Template) -> Result<Region> {
    template.check()?;
    refuse_shared(tx, template)?;
    let region = Region {
        id: tx.new_id(),
        code: template.code.clone(),
        name: template.name.clone(),
        kemendagri: template.kemendagri.clone(),
        ticket_prefix: template.ticket_prefix.clone(),
        domain: template.domain.to_lowercase(),
        mail_domain: template.mail_domain.to_lowercase(),
        desk_mailbox: template.desk_mailbox.clone(),
        time_zone: template.time_zone.clone(),
        language: template.language.clone(),
        password_policy: template.password_policy.clone(),
        settings: Json(json!({
            "terms": template.terms,
            "nomenclature": template.nomenclature,
            "calendar": template.calendar,
            "agreement": template.agreement,
            "required_mails": template.required_mails,
            "report_basis": template.report_basis,
        })),
        created_at: tx.now,
        version: 1,
    };
    on!(tx.conn(), |c| diesel::insert_into(regions::table).values(&region).execute(c))?;
    let object = audit::Object { kind: "region", id: Some(region.id), region: Some(region.id) };
    audit::append(tx, "region.create", object, json!({ "code": region.code }))?;
    Ok(region)
}

/// An address is one region's alone, so that whoever writes is somebody's and nobody is let in by another region.
fn refuse_shared(tx: &mut Tx<'_>, new: &Template) -> Result<()> {
    // Of two that are made at once, the later sees the earlier.
    turn::take(tx.conn())?;
    for other in all(tx)?.into_iter().filter(|other| other.code != new.code) {
        let meets = |held: &str| lies_in(&new.domain, held) || lies_in(held, &new.domain);
        if meets(&other.domain) || meets(&other.mail_domain) {
            return Err(Error::invalid("/domain", say!("region.domain_taken", region = other.name)));
        }
    }
    Ok(())
}

/// The region with this id.
///
/// # Errors
/// 404 if there is none.
pub fn by_id(tx: &mut Tx<'_>, id: Id) -> Result<Region> {
    // Whatever happens to a ticket asks for it several times.
    tx.once(id, |tx| Ok(on!(tx.conn(), |c| regions::table.find(id).select(Region::as_select()).first(c))?))
}

/// Every region, by code; for rules, not for answers.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Region>> {
    Ok(on!(tx.conn(), |c| regions::table.select(Region::as_select()).order(regions::code).load(c))?)
}

/// The region of whoever acts.
///
/// # Errors
/// 404 for somebody without one.
pub fn own(tx: &mut Tx<'_>) -> Result<Region> {
    let id = tx.actor.region()?;
    by_id(tx, id)
}

/// Id and code of every region, for the names of their audit logs.
pub fn codes(tx: &mut Tx<'_>) -> Result<Vec<(Id, String)>> {
    Ok(on!(tx.conn(), |c| regions::table.select((regions::id, regions::code)).load(c))?)
}

/// The regions that the actor may name: the operator all, everybody else his own.
pub fn list(tx: &mut Tx<'_>) -> Result<Vec<Region>> {
    let all = tx.actor.is(crate::access::Role::Operator);
    let own = tx.actor.region;
    Ok(on!(tx.conn(), |c| {
        let query = regions::table.select(Region::as_select()).order(regions::code).into_boxed::<Db>();
        match own {
            _ if all => query.load(c),
            Some(id) => query.filter(regions::id.eq(id)).load(c),
            None => Ok(Vec::new()),
        }
    })?)
}

/// The region with this code, if the actor may name it.
///
/// # Errors
/// 404 otherwise.
pub fn named(tx: &mut Tx<'_>, code: &str) -> Result<Region> {
    list(tx)?.into_iter().find(|region| region.code == code).ok_or(Error::NotFound)
}

/// `true` if there is a region: the cheapest question that the database itself must answer.
pub fn exists(tx: &mut Tx<'_>) -> Result<bool> {
    let first = on!(tx.conn(), |c| regions::table.select(regions::id).first::<Id>(c).optional())?;
    Ok(first.is_some())
}
