//! Finding: the number first, then the requester, then the words; the same on both databases.

use crate::support::Client;
use crate::support::desk::{Cast, text, texts};
use serde_json::{Value, json};

async fn found(client: &Client, words: &str) -> Vec<String> {
    let q: String = url::form_urlencoded::byte_serialize(words.as_bytes()).collect();
    texts(&client.items(&format!("/tickets?limit=200&q={q}")).await, "subject")
}

async fn open(cast: &Cast, subject: &str, description: &str) -> Value {
    cast.later();
    cast.requester.open_with(json!({ "subject": subject, "description": description })).await.created()
}

#[actix_web::test]
async fn a_number_comes_first_a_requester_second_and_words_last() {
    let cast = Cast::new().await;
    let first = open(&cast, "Printer macet", "Kertas.").await;
    let number = text(&first["number"]);
    open(&cast, "Lanjutan", &format!("Seperti {number}, lagi.")).await;
    cast.later();
    cast.outsider.open("Pesan untuk Siti Aminah").await;
    assert_eq!(found(&cast.coordinator, &number).await[0], "Printer macet");
    assert_eq!(found(&cast.coordinator, &number.to_lowercase()).await[0], "Printer macet");
    assert_eq!(found(&cast.coordinator, "siti aminah").await, ["Lanjutan", "Printer macet", "Pesan untuk Siti Aminah"]);
    assert_eq!(found(&cast.coordinator, "pegawai.dinkes@lebakkab.go.id").await, ["Lanjutan", "Printer macet"]);
    assert_eq!(found(&cast.coordinator, "LBK-2026-00000").await.len(), 3);
    // In pages of one, each class after the other.
    let seen = cast.coordinator.walked("/tickets?q=siti+aminah", 1).await;
    assert_eq!(texts(&seen, "subject"), ["Lanjutan", "Printer macet", "Pesan untuk Siti Aminah"]);
    // With an order of its own the list is one.
    let rows = cast.coordinator.items("/tickets?q=siti+aminah&sort=created_at").await;
    assert_eq!(texts(&rows, "subject"), ["Printer macet", "Lanjutan", "Pesan untuk Siti Aminah"]);
    // Whatever letters his name is written in.
    let me = text(&cast.requester.get("/me").await.ok()["id"]);
    cast.admin.patch(&format!("/people/{me}"), json!({ "name": "Élise Ñandú" })).await.ok();
    for name in ["Élise", "ÉLISE Ñ", "ñandú"] {
        assert_eq!(found(&cast.coordinator, name).await, ["Lanjutan", "Printer macet"], "{name}");
    }
}

#[actix_web::test]
async fn a_word_is_found_in_every_form_of_its_root() {
    let cast = Cast::new().await;
    open(&cast, "Jaringan belum diperbaiki", "Mohon.").await;
    open(&cast, "Laptop", "Permintaan perbaikan layar.").await;
    open(&cast, "Email", "Kata sandi.").await;
    for word in ["perbaikan", "diperbaiki", "memperbaiki", "PERBAIKAN", "Perbaikan!"] {
        assert_eq!(found(&cast.tier1, word).await, ["Laptop", "Jaringan belum diperbaiki"], "{word}");
    }
    assert_eq!(found(&cast.tier1, "perbaikan jaringan").await, ["Jaringan belum diperbaiki"]);
    assert_eq!(found(&cast.tier1, "jaringan perbaikan email").await, Vec::<String>::new());
}

#[actix_web::test]
async fn a_word_is_found_while_it_is_still_being_typed() {
    let cast = Cast::new().await;
    open(&cast, "Jaringan kantor", "Sambungan ke pelayanan perizinan terputus.").await;
    open(&cast, "Email", "Kata sandi.").await;
    for whole in ["jaringan", "sambungan", "perizinan", "terputus", "pelayanan"] {
        for length in 3..=whole.len() {
            let typed = &whole[..length];
            assert_eq!(found(&cast.tier1, typed).await, ["Jaringan kantor"], "{typed}");
            assert_eq!(found(&cast.tier1, &format!("kantor {typed}")).await, ["Jaringan kantor"], "kantor {typed}");
        }
    }
    // Only the last word may be unfinished.
    assert_eq!(found(&cast.tier1, "kant jaringan").await, Vec::<String>::new());
}

#[actix_web::test]
async fn operators_of_a_search_engine_are_plain_words() {
    let cast = Cast::new().await;
    open(&cast, "Simpeg and absensi", "a OR b").await;
    open(&cast, "Simpeg saja", "x").await;
    for q in [
        "\"",
        "\"\"",
        "*",
        "(",
        ")",
        "' OR 1=1 --",
        "a\\",
        ":",
        "^",
        "NEAR(",
        "-",
        "%",
        "_",
        "{",
        "&",
        "|",
        "!",
        "<->",
        "'",
        "😀",
        "\u{301}",
        "²",
        "a:*",
        "a & ",
        "\\",
        "terms:x",
    ] {
        let q: String = url::form_urlencoded::byte_serialize(q.as_bytes()).collect();
        cast.tier1.get(&format!("/tickets?q={q}")).await.ok();
    }
    assert_eq!(found(&cast.tier1, "\" OR *").await, ["Simpeg and absensi"]);
    assert_eq!(found(&cast.tier1, "simpeg AND absensi").await, ["Simpeg and absensi"]);
    assert_eq!(found(&cast.tier1, "simpeg NOT saja").await, Vec::<String>::new());
    assert_eq!(found(&cast.tier1, "(simpeg) \"saja\"").await, ["Simpeg saja"]);
    assert_eq!(found(&cast.tier1, "simpeg -saja").await, ["Simpeg saja"]);
    assert_eq!(found(&cast.tier1, "%").await, Vec::<String>::new());
    assert_eq!(found(&cast.tier1, "___").await, Vec::<String>::new());
    assert_eq!(found(&cast.tier1, "  ").await.len(), 2);
    let many = "simpeg ".repeat(28);
    assert_eq!(found(&cast.tier1, &many).await.len(), 2);
}

#[actix_web::test]
async fn numbers_codes_and_foreign_letters_are_words_too() {
    let cast = Cast::new().await;
    open(&cast, "Galat 502 di srv-01", "IP 10.20.30.40, versi 1e5, PR-7.").await;
    open(&cast, "Surat ÑANDÚ", "報告書 данные").await;
    for word in ["502", "srv-01", "10.20.30.40", "1e5", "pr-7"] {
        assert_eq!(found(&cast.tier1, word).await, ["Galat 502 di srv-01"], "{word}");
    }
    for word in ["ñandú", "данные", "報告書", "ДАННЫЕ"] {
        assert_eq!(found(&cast.tier1, word).await, ["Surat ÑANDÚ"], "{word}");
    }
}

#[actix_web::test]
async fn signs_that_only_look_like_digits_are_no_words_and_part_those_beside_them() {
    let cast = Cast::new().await;
    open(&cast, "Kertas ½ rim, ruang 10², lantai Ⅳ①", "m³").await;
    for sign in ["½", "²", "Ⅳ", "①", "¾"] {
        assert_eq!(found(&cast.tier1, sign).await, Vec::<String>::new(), "{sign}");
    }
    for words in ["10", "10²", "kertas ½", "½ rim", "ruang 10 lantai", "m", "kertas ¾"] {
        assert_eq!(found(&cast.tier1, words).await.len(), 1, "{words}");
    }
}

#[actix_web::test]
async fn after_a_change_the_new_words_are_found_and_the_old_ones_not() {
    let cast = Cast::new().await;
    let ticket = open(&cast, "Printer macet", "Kertas tersangkut.").await;
    cast.tier1.edit(&ticket, json!({ "subject": "Pemindai rusak" })).await.ok();
    assert_eq!(found(&cast.tier1, "pemindai").await, ["Pemindai rusak"]);
    assert_eq!(found(&cast.tier1, "printer").await, Vec::<String>::new());
    assert_eq!(found(&cast.tier1, "kertas").await, ["Pemindai rusak"]);
    cast.tier1.edit(&ticket, json!({ "description": "Lampu mati." })).await.ok();
    assert_eq!(found(&cast.tier1, "kertas").await, Vec::<String>::new());
    assert_eq!(found(&cast.tier1, "lampu").await, ["Pemindai rusak"]);
}

#[actix_web::test]
async fn a_search_keeps_to_the_other_filters_and_to_what_is_seen() {
    let cast = Cast::new().await;
    let ours = open(&cast, "Simpeg lambat", "x").await;
    cast.outsider.open("Simpeg lambat juga").await;
    cast.tier1.resolve(&ours).await.ok();
    assert_eq!(found(&cast.tier1, "simpeg").await, ["Simpeg lambat"]);
    assert_eq!(found(&cast.tier1, "Joko Susilo").await, Vec::<String>::new());
    assert_eq!(found(&cast.stranger, "simpeg").await, Vec::<String>::new());
    assert_eq!(cast.coordinator.numbers("q=simpeg&status=open").await.len(), 1);
    assert_eq!(cast.coordinator.numbers("q=simpeg&opd=dinkes&status=resolved").await, [text(&ours["number"])]);
}

#[actix_web::test]
async fn whoever_searches_finds_of_what_he_sees_neither_more_nor_less() {
    let cast = Cast::new().await;
    let secret = json!({ "subject": "Dugaan kebocoran serentak", "classification": "secret" });
    let held = cast.requester.open_with(secret).await.created();
    for client in [&cast.requester, &cast.neighbour, &cast.outsider, &cast.stranger, &cast.tier1] {
        cast.later();
        client.open_with(json!({ "subject": "Gangguan serentak" })).await;
    }
    cast.later();
    let up = open(&cast, "Serentak lagi", "x").await;
    cast.tier1.escalate(&up).await.ok();
    // A technician who kept a secret ticket when he left that desk for another.
    let tier1 = cast.tier1.id().await;
    cast.coordinator.assign(&held, &tier1).await.ok();
    cast.give(&tier1, "tier1", Some("disdik")).await;
    cast.take(&tier1, "tier1", "dinkes").await;
    for (who, client) in cast.everybody() {
        let all = client.get("/tickets?limit=200").await;
        if all.status != 200 {
            continue;
        }
        let mut seen = texts(all.ok()["items"].as_array().unwrap(), "id");
        seen.sort();
        for q in ["serentak", "seren"] {
            let path = format!("/tickets?limit=200&q={q}");
            let mut found = texts(&client.items(&path).await, "id");
            found.sort();
            assert_eq!(found, seen, "{who}: {q}");
            let mut found = texts(&client.items(&format!("{path}&sort=priority")).await, "id");
            found.sort();
            assert_eq!(found, seen, "{who}, by priority: {q}");
        }
    }
}

#[actix_web::test]
async fn a_whole_word_comes_before_one_that_only_begins_so_and_pages_go_through_both() {
    let cast = Cast::new().await;
    for subject in ["Aplikasi absen", "Absen pagi", "Absensi mati", "Absensi lambat", "Absen sore"] {
        open(&cast, subject, "x").await;
    }
    let all = ["Absen sore", "Absen pagi", "Aplikasi absen", "Absensi lambat", "Absensi mati"];
    assert_eq!(found(&cast.coordinator, "absen").await, all);
    assert_eq!(texts(&cast.coordinator.walked("/tickets?q=absen", 2).await, "subject"), all);
}

// T1, contract: a foreign object and an absent one answer alike.
#[actix_web::test]
async fn a_cursor_that_was_made_up_tells_of_no_ticket_that_one_does_not_see() {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let cast = Cast::new().await;
    for subject in ["Absen mati", "Absen lagi"] {
        open(&cast, subject, "x").await;
    }
    cast.later();
    let foreign = cast.app.temanggung("pegawai.dinkes").await.open("Absen kami").await;
    let number = text(&foreign["number"]);
    assert!(!number.starts_with("LBK"));
    for (q, class) in [("LBK", 0), ("absen", 2), ("abs", 3)] {
        let page = cast.requester.get(&format!("/tickets?q={q}&limit=1")).await.ok();
        let cursor = URL_SAFE_NO_PAD.decode(text(&page["next_cursor"])).unwrap();
        let mut key: Value = serde_json::from_slice(&cursor).unwrap();
        assert_eq!(key[0], class);
        let mut behind = async |id: &str| {
            key[3] = json!(id);
            let cursor = URL_SAFE_NO_PAD.encode(key.to_string());
            let reply = cast.requester.get(&format!("/tickets?q={q}&limit=1&cursor={cursor}")).await;
            (reply.status, reply.text)
        };
        let absent = behind("01890000-0000-7000-8000-000000000000").await;
        assert_eq!(behind(&text(&foreign["id"])).await, absent, "{q}");
    }
}
