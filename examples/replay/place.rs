//! Where the log's tickets, groups and people find their place in the four demo regions. All by hash, so that
//! every run does the same.

use crate::log::{Incident, Row};
use crate::model::{Actor, Level, Opening, Technician, Tier};
use crate::support::{DOMAINS, OPDS};

/// FNV-1a over the parts, then mixed, because its low bits alone are poor.
pub fn hash(parts: &[&str]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for byte in part.bytes().chain([0x1f]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

/// One of several, by hash.
pub fn choose<'a, T>(among: &'a [T], parts: &[&str]) -> Option<&'a T> {
    let count = u64::try_from(among.len()).ok().filter(|n| *n > 0)?;
    usize::try_from(hash(parts) % count).ok().and_then(|i| among.get(i))
}

/// The OPD of a region to which a ticket belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Home {
    region: usize,
    opd: usize,
}

impl Home {
    /// Half of the log begins in one group, so tickets are spread over the regions and OPDs by their own names.
    pub fn of(incident: &str) -> Self {
        let spread = hash(&["home", incident]) % 8;
        let small = usize::try_from(spread).unwrap_or_default();
        Self { region: small % 4, opd: small / 4 }
    }

    /// Which of the demo regions.
    pub const fn region(self) -> usize {
        self.region
    }

    /// Code of the OPD.
    pub fn opd(self) -> &'static str {
        OPDS.get(self.opd % 2).copied().unwrap_or_default()
    }

    /// E-mail address with which somebody signs in who stands so to the tickets of this home.
    pub fn login(self, actor: Actor) -> String {
        let domain = |region: usize| DOMAINS.get(region % 4).copied().unwrap_or_default();
        let opd = |opd: usize| OPDS.get(opd % 2).copied().unwrap_or_default();
        let (here, elsewhere) = (domain(self.region), domain(self.region + 1));
        match actor {
            Actor::Requester => format!("pegawai.{}@{here}", opd(self.opd)),
            Actor::OtherRequester => format!("pegawai.{}@{here}", opd(self.opd + 1)),
            Actor::Technician(Technician::First) => format!("teknisi.{}@{here}", opd(self.opd)),
            Actor::OtherTechnician => format!("teknisi.{}@{here}", opd(self.opd + 1)),
            Actor::Technician(Technician::SecondOne) => format!("tier2.satu@{here}"),
            Actor::Technician(Technician::SecondTwo) => format!("tier2.dua@{here}"),
            Actor::Coordinator => format!("koordinator@{here}"),
            Actor::Auditor => format!("auditor@{here}"),
            Actor::Foreigner => format!("tier2.satu@{elsewhere}"),
        }
    }
}

/// The desk for which a group of the log stands. The salt puts "Group 70", where half of all tickets begin, at
/// tier 1. `None` for no group.
pub fn tier_of(group: &str) -> Option<Tier> {
    match group {
        "" => None,
        _ if hash(&["tier", group]).is_multiple_of(2) => Some(Tier::One),
        _ => Some(Tier::Two),
    }
}

/// The member of tier 2 for whom a person or group of the log stands.
pub fn second(name: &str) -> Technician {
    if hash(&["person", name]).is_multiple_of(2) { Technician::SecondOne } else { Technician::SecondTwo }
}

/// The demo service, by category; what begins at a tier 2 group is about a service that goes straight there.
fn service(category: &str, tier: Tier) -> &'static str {
    match (tier, hash(&["service", category]).is_multiple_of(2)) {
        (Tier::One, true) => "simpeg",
        (Tier::One, false) => "jaringan-lokal",
        (Tier::Two, true) => "email-dinas",
        (Tier::Two, false) => "internet",
    }
}

/// Who reports a ticket, and what: by telephone mostly a desk or the coordinator on behalf of the requester.
pub fn opening(incident: &Incident, first: &Row) -> (Actor, Opening) {
    let tier = tier_of(&first.group).unwrap_or(Tier::One);
    let opened = Opening {
        service: service(&first.category, tier),
        tier,
        impact: Level::from_log(first.impact),
        urgency: Level::from_log(first.urgency),
    };
    let by_phone = match (hash(&["opener", &incident.name]) % 8, tier) {
        (0..=2, _) => Actor::Requester,
        (3, _) => Actor::Coordinator,
        (4, Tier::Two) => Actor::Technician(second(&incident.name)),
        _ => Actor::Technician(Technician::First),
    };
    (if first.channel == "Phone" { by_phone } else { Actor::Requester }, opened)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_log_begins_at_tier_1() {
        assert_eq!(tier_of("Group 70"), Some(Tier::One));
        assert_eq!(tier_of(""), None);
    }

    #[test]
    fn groups_and_tickets_spread_evenly() {
        let second = (1..=80).filter(|n| tier_of(&format!("Group {n}")) == Some(Tier::Two)).count();
        assert!((25..=55).contains(&second), "{second} of 80 groups at tier 2");
        for region in 0..4 {
            for opd in 0..2 {
                let here = Home { region, opd };
                let count = (0..8000).filter(|n| Home::of(&format!("INC{n:07}")) == here).count();
                assert!((800..=1200).contains(&count), "{count} of 8000 at {here:?}");
            }
        }
    }

    #[test]
    fn a_foreigner_comes_from_another_region() {
        let home = Home { region: 3, opd: 1 };
        assert_eq!(home.login(Actor::Foreigner), "tier2.satu@lebakkab.go.id");
        assert_eq!(home.login(Actor::Requester), "pegawai.disdik@purbalinggakab.go.id");
        assert_eq!(home.login(Actor::OtherTechnician), "teknisi.dinkes@purbalinggakab.go.id");
    }
}
