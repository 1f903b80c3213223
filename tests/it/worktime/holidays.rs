//! Import of holidays.

use super::{day, holiday};
use sigap::lines::LineFault;
use sigap::worktime::{Change, Holiday, HolidayKind, Merge, Source, merge, parse};

fn shipped_file() -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config/holidays-id.csv");
    std::fs::read_to_string(path).unwrap()
}

/// Line, column and message key of every fault.
fn faults(csv: impl AsRef<[u8]>) -> Vec<String> {
    let line = |f: LineFault| format!("{} {} {}", f.line, f.fault.pointer, f.fault.detail.key);
    parse(csv.as_ref()).unwrap_err().into_iter().map(line).collect()
}

fn imported(date: &str, name: &str) -> (Holiday, Source) {
    (holiday(date, name), Source::Imported)
}

fn manual(date: &str, name: &str) -> (Holiday, Source) {
    (holiday(date, name), Source::Manual)
}

#[test]
fn the_shipped_file_is_read_whole() {
    let holidays = parse(shipped_file().as_bytes()).unwrap();
    assert_eq!(holidays.len(), 108);
    assert_eq!(
        holidays[0],
        Holiday { day: day("2024-01-01"), name: "Tahun Baru Masehi".to_owned(), kind: HolidayKind::LiburNasional }
    );
}

#[test]
fn a_file_of_a_spreadsheet_is_read_too() {
    let file = "\u{feff}Kind;date; name_id \r\ndaerah;2026-07-09;\" Hari Jadi; Blora \"\r\n\r\n";
    let mut wanted = holiday("2026-07-09", "Hari Jadi; Blora");
    wanted.kind = HolidayKind::Daerah;
    assert_eq!(parse(file.as_bytes()).unwrap(), [wanted]);
    assert_eq!(parse(b"date,name_id,kind\n").unwrap(), []);
}

#[test]
fn every_spoilt_line_is_told_by_line_and_column_and_nothing_is_taken() {
    let file = "date,name_id,kind\n\
        2026-01-01,Tahun Baru,libur_nasional\n\
        2026-02-30,Tidak ada,libur_nasional\n\
        \n\
        2026-1-2,,cuti\n\
        2026-01-01,Lagi,daerah\n\
        \"2026-05-01\",\"Hari\nBuruh\",libur_nasional\n\
        2026-06-01,Kurang\n\
        2300-06-01,Jauh,daerah\n";
    assert_eq!(
        faults(file),
        [
            "3 /date worktime.date",
            "5 /date worktime.date",
            "5 /name_id field.length",
            "5 /kind field.one_of",
            "6 /date worktime.holiday_twice",
            "7 /name_id field.line",
            "9  import.cells",
            "10 /date worktime.year",
        ]
    );
}

#[test]
fn a_file_that_is_no_table_of_holidays_is_told_at_its_first_line() {
    assert_eq!(faults(b"\xff\xfe"), ["1  import.not_utf8"]);
    assert_eq!(faults("date,name_id,kind,hari\n"), ["1  import.column"]);
    assert_eq!(faults("date,kind\n2026-01-01,daerah\n"), ["2 /name_id field.length"]);
    let many = "date,name_id,kind\n".to_owned() + &"x,y,daerah\n".repeat(1_000);
    assert_eq!(faults(many).len(), 200);
}

#[test]
fn a_preview_tells_what_is_new_what_changes_and_what_goes() {
    let existing = [
        imported("2025-12-25", "Natal"),
        imported("2026-01-01", "Tahun Baru"),
        imported("2026-03-20", "Cuti (perkiraan)"),
        imported("2026-06-01", "Ditarik"),
        manual("2026-07-09", "Hari Jadi"),
        manual("2026-08-18", "Libur daerah"),
    ];
    let incoming = [
        holiday("2026-01-01", "Tahun Baru"),
        holiday("2026-03-20", "Cuti Bersama"),
        holiday("2026-05-01", "Hari Buruh"),
        holiday("2026-08-18", "Cuti Bersama"),
    ];
    assert_eq!(
        merge(&existing, &incoming),
        Merge {
            added: vec![holiday("2026-05-01", "Hari Buruh")],
            changed: vec![Change {
                before: holiday("2026-03-20", "Cuti (perkiraan)"),
                after: holiday("2026-03-20", "Cuti Bersama"),
            }],
            unchanged: 1,
            gone: vec![holiday("2026-06-01", "Ditarik")],
            overruled: vec![holiday("2026-08-18", "Cuti Bersama")],
        }
    );
}

#[test]
fn manual_days_survive_a_second_import_which_changes_nothing() {
    let file = parse(shipped_file().as_bytes()).unwrap();
    let mut standing: Vec<_> = file.iter().map(|holiday| (holiday.clone(), Source::Imported)).collect();
    assert_eq!(merge(&standing, &file), Merge { unchanged: file.len(), ..Merge::default() });
    standing.push(manual("2026-07-09", "Hari Jadi"));
    standing.push(manual("2026-08-17", "Hari Kemerdekaan, dengan upacara"));
    let again = merge(&standing, &file);
    let nothing = Merge { unchanged: file.len() - 1, overruled: again.overruled.clone(), ..Merge::default() };
    assert_eq!(again, nothing);
    assert_eq!(again.overruled.len(), 1);
}

#[test]
fn years_that_a_file_does_not_cover_are_left_alone() {
    let existing = [imported("2025-12-25", "Natal"), imported("2026-12-25", "Natal"), imported("2027-12-25", "Natal")];
    let preview = merge(&existing, &[holiday("2026-12-24", "Cuti Bersama")]);
    assert_eq!(preview.gone, [holiday("2026-12-25", "Natal")]);
    assert_eq!(merge(&existing, &[]), Merge::default());
}
