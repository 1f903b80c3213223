//! The employee number of a civil servant (NIP): 18 digits that carry birth date, appointment, sex and a serial.
//!
//! The number stays text from end to end: it is larger than 2^53, so a spreadsheet, or any reader that takes it for
//! a floating-point number, gives back somebody else's.

use std::{ops::Range, str::FromStr};

use chrono::NaiveDate;

const LENGTH: usize = 18;
const BIRTH: Range<usize> = 0..8;
const APPOINTMENT_YEAR: Range<usize> = 8..12;
const APPOINTMENT_MONTH: Range<usize> = 12..14;
const SEX: Range<usize> = 14..15;
const SERIAL: Range<usize> = 15..18;

/// The month's digits of a contract of number zero.
const NO_CONTRACT: u32 = 20;

const YOUNGEST: u32 = 16;
const OLDEST: u32 = 70;

/// A checked 18-digit NIP, the key of staff data (Temanggung 13(4), T4) and the proof that desk staff are civil
/// servants (Purbalingga 22–23, P6). Its structure is that of BKN regulation 22/2007.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nip {
    digits: String,
    doubt: Option<NipDoubt>,
}

/// Why a text is no NIP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NipError {
    /// Not 18 digits, or something other than digits, spaces and dots.
    #[error("not 18 digits")]
    Malformed,
    /// A nine-digit number from before BKN regulation 22/2007.
    #[error("nine digits: a number from before 2007")]
    Legacy,
    /// Scientific notation, in which a spreadsheet has already dropped digits.
    #[error("scientific notation: digits were lost in a spreadsheet")]
    Spreadsheet,
    /// The first eight digits are no date.
    #[error("the birth date does not exist")]
    BirthDate,
    /// Digits 13 and 14 are neither a month nor a contract.
    #[error("the appointment month does not exist")]
    AppointmentMonth,
    /// The fifteenth digit is neither 1 nor 2.
    #[error("the sex digit is neither 1 nor 2")]
    Sex,
    /// The serial is 000.
    #[error("the serial is zero")]
    Serial,
}

/// Why a well-formed NIP is hard to believe. Such numbers may have been issued, so a person has to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NipDoubt {
    /// Appointed before birth.
    AppointedBeforeBirth,
    /// Younger than 16 at appointment.
    AppointedTooYoung,
    /// Older than 70 at appointment, the highest retirement age of any post.
    AppointedTooOld,
    /// A contract number of zero.
    ContractZero,
}

impl Nip {
    /// Reads a NIP, which may be grouped by spaces or dots.
    ///
    /// # Errors
    /// The first rule that the text breaks, in the order of its digits.
    pub fn parse(text: &str) -> Result<Self, NipError> {
        let digits = digits_of(text)?;
        let born = birth_of(&digits)?;
        let appointed = appointment_of(&digits)?;
        if !matches!(number(&digits, SEX)?, 1 | 2) {
            return Err(NipError::Sex);
        }
        if number::<u32>(&digits, SERIAL)? == 0 {
            return Err(NipError::Serial);
        }
        let doubt = doubt_about(&digits, born, appointed)?;
        Ok(Self { digits, doubt })
    }

    /// The 18 digits, without separators.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.digits
    }

    /// What makes this number implausible, if anything does.
    #[must_use]
    pub const fn doubt(&self) -> Option<NipDoubt> {
        self.doubt
    }
}

impl NipError {
    /// The stable key of the sentence in the message files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "nip.malformed",
            Self::Legacy => "nip.legacy",
            Self::Spreadsheet => "nip.spreadsheet",
            Self::BirthDate => "nip.birth-date",
            Self::AppointmentMonth => "nip.appointment-month",
            Self::Sex => "nip.sex",
            Self::Serial => "nip.serial",
        }
    }
}

impl NipDoubt {
    /// The stable key of the sentence in the message files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AppointedBeforeBirth => "nip.doubt.before-birth",
            Self::AppointedTooYoung => "nip.doubt.too-young",
            Self::AppointedTooOld => "nip.doubt.too-old",
            Self::ContractZero => "nip.doubt.contract-zero",
        }
    }
}

fn digits_of(text: &str) -> Result<String, NipError> {
    if is_scientific(text) {
        return Err(NipError::Spreadsheet);
    }
    let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NipError::Malformed);
    }
    match digits.len() {
        LENGTH => Ok(digits),
        9 => Err(NipError::Legacy),
        _ => Err(NipError::Malformed),
    }
}

/// The comma is the decimal sign of a spreadsheet in Indonesian.
fn is_scientific(text: &str) -> bool {
    let made_of =
        |part: &str, signs: &[char]| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || signs.contains(&c));
    let parts = text.trim().split_once(['e', 'E']);
    parts.is_some_and(|(left, right)| made_of(left, &['.', ',']) && made_of(right, &['+', '-']))
}

fn birth_of(digits: &str) -> Result<NaiveDate, NipError> {
    let birth = digits.get(BIRTH).ok_or(NipError::Malformed)?;
    NaiveDate::parse_from_str(birth, "%Y%m%d").map_err(|_| NipError::BirthDate)
}

/// The latest day on which he may have been appointed; none in a year that no calendar has. Digits 13 and 14 are the month
/// of a permanent appointment (PNS). Of one on contract (PPPK), 2 and the number of the contract, they tell only the year:
/// its last day is the reading that accuses nobody wrongly.
fn appointment_of(digits: &str) -> Result<Option<NaiveDate>, NipError> {
    let (month, day) = match number(digits, APPOINTMENT_MONTH)? {
        month @ 1..=12 => (month, 1),
        NO_CONTRACT..=29 => (12, 31),
        _ => return Err(NipError::AppointmentMonth),
    };
    Ok(NaiveDate::from_ymd_opt(number(digits, APPOINTMENT_YEAR)?, month, day))
}

fn doubt_about(digits: &str, born: NaiveDate, appointed: Option<NaiveDate>) -> Result<Option<NipDoubt>, NipError> {
    let is_contract_zero = number::<u32>(digits, APPOINTMENT_MONTH)? == NO_CONTRACT;
    Ok(match appointed.and_then(|day| day.years_since(born)) {
        None => Some(NipDoubt::AppointedBeforeBirth),
        Some(age) if age < YOUNGEST => Some(NipDoubt::AppointedTooYoung),
        Some(age) if age > OLDEST => Some(NipDoubt::AppointedTooOld),
        Some(_) => is_contract_zero.then_some(NipDoubt::ContractZero),
    })
}

fn number<T: FromStr>(digits: &str, range: Range<usize>) -> Result<T, NipError> {
    digits.get(range).and_then(|part| part.parse().ok()).ok_or(NipError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: &str = include_str!("../../tests/data/nip-cases.csv");

    // T4, P6
    #[test]
    fn every_collected_case_is_judged_as_its_note_says() {
        let mut reader = csv::Reader::from_reader(CASES.as_bytes());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), 22);
        for row in &rows {
            let (value, expect) = (&row[0], &row[1]);
            let result = Nip::parse(value);
            match expect {
                "valid" | "valid_after_normalise" | "must_not_become" => {
                    let nip = result.unwrap_or_else(|e| panic!("{value}: {e}"));
                    assert_eq!(nip.as_str(), value.replace([' ', '.'], ""));
                    assert_eq!(nip.doubt(), None, "{value}");
                }
                "suspect" => assert!(result.unwrap().doubt().is_some(), "{value}"),
                "legacy" => assert_eq!(result, Err(NipError::Legacy), "{value}"),
                "invalid" => assert!(result.is_err(), "{value}"),
                other => panic!("unknown expectation {other}"),
            }
        }
    }

    // T4
    #[test]
    fn each_fault_has_its_own_name() {
        for (text, fault) in [
            ("", NipError::Malformed),
            ("19960818-202204-1-001", NipError::Malformed),
            ("'199608182022041001", NipError::Malformed),
            ("199608182022041001\n", NipError::Malformed),
            ("１９９６０８１８２０２２０４１００１", NipError::Malformed),
            ("131.110.468", NipError::Legacy),
            ("1.99608182022041E+17", NipError::Spreadsheet),
            ("1,99608E+17", NipError::Spreadsheet),
            ("199002292014011001", NipError::BirthDate),
            ("199608182022131001", NipError::AppointmentMonth),
            ("199608182022043001", NipError::Sex),
            ("199608182022041000", NipError::Serial),
        ] {
            assert_eq!(Nip::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn a_doubt_tells_what_is_implausible_and_gives_contracts_the_whole_year() {
        for (text, doubt) in [
            ("196001011959011001", Some(NipDoubt::AppointedBeforeBirth)),
            ("199608022012081001", Some(NipDoubt::AppointedTooYoung)),
            ("199608012012081001", None),
            ("199701012012211001", Some(NipDoubt::AppointedTooYoung)),
            ("199612312012211001", None),
            ("109608182022041001", Some(NipDoubt::AppointedTooOld)),
            ("199608182022201001", Some(NipDoubt::ContractZero)),
        ] {
            assert_eq!(Nip::parse(text).unwrap().doubt(), doubt, "{text}");
        }
    }

    #[test]
    fn a_leap_day_is_a_birth_date_and_separators_are_left_out() {
        assert_eq!(Nip::parse(" 19920229 201602 2 001 ").unwrap().as_str(), "199202292016022001");
    }
}
