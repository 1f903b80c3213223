// The main journeys of each role in a real browser: with and without script, wide and narrow, in two regions' words;
// axe on every page; strings that would be programs, everywhere people can type.
"use strict";
const { base, expect, house, inspect, person, picture } = require("./house.js");
const corpus = require("./corpus.js");
const typing = require("./typing.js");
const sending = require("./sending.js");
const whom = require("./whom.js");

const PLACE = /\/tickets\/[A-Z]{3}-\d{4}-\d{6}([?#].*)?$/;

async function report(page, subject, description) {
  await page.goto(base + "/report");
  await page.click('.cards a[href="/report?service=simpeg"]');
  await page.fill("#subject", subject);
  await page.fill("#description", description);
  await page.click('form[action="/report"] button');
  await page.waitForURL(PLACE);
  return new URL(page.url()).pathname;
}

// Fills in the dialog of an act and sends it; a page without script opens it the same way.
async function act(page, place, name, fields = {}) {
  await page.goto(base + place);
  const form = page.locator(`form[action="${place}/${name}"]`);
  const summary = page.locator(`details[data-key="${name}"]:not([open]) > summary`);
  if (await summary.count()) await summary.click();
  for (const [field, value] of Object.entries(fields)) {
    const input = form.locator(`[name="${field}"]`).first();
    const kind = await input.evaluate((e) => e.type);
    if (kind === "radio") await form.locator(`[name="${field}"][value="${value}"]`).check();
    else if (kind.startsWith("select")) await input.selectOption(value);
    else await input.fill(value);
  }
  await form.locator("button").first().click();
  await page.waitForLoadState();
}

const status = (page) => page.locator(".plain-status").innerText();

async function wholeLife(browser, region, words, options) {
  const at = (account) => person(browser, `${account}@${region}`, options);
  const label = `${region} ${options.width} ${options.script ? "with" : "without"} script`;
  console.log("whole life, " + label);
  const clerk = await at("pegawai.dinkes");
  const place = await report(clerk, "SIMPEG tidak bisa dibuka", "Sejak pagi muncul galat 502.");
  expect((await status(clerk)).includes(words.tier1), `${label}: the clerk reads ${await status(clerk)}`);
  const tier1 = await at("teknisi.dinkes");
  await act(tier1, place, "start");
  await act(tier1, place, "escalate", { reason: "Di pusat data.", tried: "Memulai ulang.", requested: "Periksa basis data." });
  expect((await tier1.locator(".history").innerText()).includes(words.tier2), `${label}: handed up`);
  const tier2 = await at("tier2.satu");
  await act(tier2, place, "start");
  await act(tier2, place, "return", { instructions: "Hapus singgahan peramban." });
  await act(tier1, place, "comment", { body: "Sudah kami coba, mohon diperiksa." });
  await act(tier1, place, "resolve", { resolution: "Singgahan dihapus." });
  await clerk.goto(base + place);
  expect((await status(clerk)).startsWith("Terselesaikan"), `${label}: ${await status(clerk)}`);
  await act(clerk, place, "close", { rating: "5" });
  expect((await status(clerk)).startsWith("Ditutup"), `${label}: ${await status(clerk)}`);
  for (const page of [clerk, tier1, tier2]) await page.context().close();
  return place;
}

async function keyboard(browser) {
  console.log("the technician's day by keyboard alone");
  const clerk = await person(browser, "pegawai.dinkes@lebakkab.go.id");
  const place = await report(clerk, "Cetak SPPD macet", "Antrean cetak penuh.");
  const page = await person(browser, "teknisi.dinkes@lebakkab.go.id");
  await page.goto(base + "/tickets?sort=-created_at");
  await page.keyboard.press("/");
  expect(await page.evaluate(() => document.activeElement.id) === "q", "/ leads to the search");
  await page.keyboard.type("SPPD");
  await page.keyboard.press("Enter");
  await page.waitForURL(/q=SPPD/);
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.pathname === place);
  await page.keyboard.press("s");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  expect((await status(page)).startsWith("Dikerjakan"), "s begins the work: " + await status(page));
  await page.keyboard.press("r");
  await page.keyboard.type("Antrean dikosongkan.");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
  expect((await status(page)).startsWith("Terselesaikan"), "r solves: " + await status(page));
}

async function drafts(browser) {
  console.log("a draft outlives a lost line");
  const page = await person(browser, "pegawai.dinkes@lebakkab.go.id");
  await page.goto(base + "/report?service=simpeg");
  await page.fill("#subject", "Belum selesai diketik");
  await page.context().setOffline(true);
  await page.fill("#description", "Sambungan putus di tengah.");
  await page.click('form[action="/report"] button');
  expect(await page.locator(".offline").count() === 1, "one is told that the line is lost");
  await page.context().setOffline(false);
  await page.goto(base + "/report?service=simpeg");
  expect(await page.inputValue("#description") === "Sambungan putus di tengah.", "the draft is there again");
  await page.click('form[action="/report"] button');
  await page.waitForURL(PLACE);
  await page.goto(base + "/report?service=simpeg");
  expect(await page.inputValue("#description") === "", "what was sent is no draft any more");
  const place = await report(page, "Surat rahasia", "Bocor.");
  const kept = async (words) => {
    await page.goto(base + place);
    await page.fill("#comment-body", words);
    return page.evaluate(() => JSON.stringify(localStorage));
  };
  expect((await kept("Masih diketik.")).includes("Masih diketik."), "what is being typed is kept by the browser");
  await page.evaluate(() => localStorage.clear());
  await act(page, place, "edit", { classification: "secret" });
  expect(!(await kept("Nama pelaku.")).includes("Nama pelaku."), "of a secret ticket it keeps nothing");
}

async function deskDay(browser) {
  console.log("a desk's day: marks, drafts, canned answers, news, who else is there");
  const clerk = await person(browser, "pegawai.dinkes@lebakkab.go.id");
  const places = [];
  for (const subject of ["Banyak sekaligus satu", "Banyak sekaligus dua"]) places.push(await report(clerk, subject, "Uji."));
  const page = await person(browser, "teknisi.dinkes@lebakkab.go.id");
  await page.goto(base + "/answers");
  await page.fill("#answer-name", "Salam");
  await page.fill("#answer-body", "Yth. {nama}, tiket {nomor} kami tangani.");
  await page.click('form[action="/answers"] button');
  await page.waitForSelector(".answer");
  await inspect(browser, page, "jawaban-siap-pakai");
  await page.goto(base + "/tickets?q=banyak+sekaligus");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  expect(await page.locator("input[name=ticket]:checked").count() === 2, "x marks two rows");
  await inspect(browser, page, "antrean-ditandai");
  await page.click('button[name=act][value=start]');
  expect(await page.locator(".outcomes .did").count() === 2, "both are begun");
  await inspect(browser, page, "hasil");
  await page.goto(base + places[0]);
  await page.fill("#comment-body", "Selamat pagi.");
  await page.selectOption("#canned", { index: 1 });
  await Promise.all([
    page.waitForResponse((reply) => reply.url().endsWith("/draft") && reply.status() === 204),
    page.click('button[formaction$="/draft"]'),
  ]);
  const typed = await page.inputValue("#comment-body");
  const number = places[0].split("/").pop();
  expect(typed.startsWith("Selamat pagi.\n\nYth. ") && typed.includes(number), "the answer is filled in: " + typed);
  const elsewhere = await person(browser, "teknisi.dinkes@lebakkab.go.id");
  await elsewhere.goto(base + places[0]);
  expect(await elsewhere.inputValue("#comment-body") === typed, "the draft is on the other machine");
  const watching = await person(browser, "koordinator@lebakkab.go.id");
  await watching.goto(base + places[0]);
  await watching.locator(".here", { hasText: "juga membuka tiket ini" }).waitFor({ state: "attached" });
  await inspect(browser, watching, "tiket-berdua");
  await act(clerk, places[0], "comment", { body: "Masih mati." });
  await page.waitForSelector("[data-changed]:not([hidden])");
  expect(await page.inputValue("#comment-body") === typed, "news takes nothing of what was typed");
  await page.fill("#comment-body", "Terkirim seketika.");
  await page.click(`form[action="${places[0]}/comment"] button`);
  await page.locator(".history", { hasText: "Terkirim seketika" }).waitFor({ state: "attached" });
  expect(await page.inputValue("#comment-body") === "", "what was sent does not come back as a draft");
  await elsewhere.goto(base + "/tickets?q=banyak+sekaligus");
  await act(clerk, places[1], "comment", { body: "Ini juga." });
  await elsewhere.waitForSelector("li.changed");
  await inspect(browser, elsewhere, "antrean-berubah");
  for (const one of [clerk, page, elsewhere, watching]) await one.context().close();
}

async function programs(browser) {
  console.log(`${corpus.length} strings that would be programs`);
  const clerk = await person(browser, "pegawai.dinkes@lebakkab.go.id");
  const tier1 = await person(browser, "teknisi.dinkes@lebakkab.go.id");
  const size = 20;
  for (let from = 0; from < corpus.length; from += size) {
    const some = corpus.slice(from, from + size);
    const place = await report(clerk, some[0].slice(0, 190), some.join("\n"));
    for (const text of some.slice(1, 4)) await act(clerk, place, "comment", { body: text });
    await clerk.goto(base + place);
    await clerk.setInputFiles("#file", some.slice(4, 8).map((text) => ({
      name: text.replace(/[\u0000-\u001f\u007f/\\]/g, "_").slice(0, 120) + ".svg", mimeType: "image/svg+xml",
      buffer: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`),
    })));
    await clerk.locator(`form[action="${place}/comment"] button`).first().click();
    await clerk.waitForLoadState();
    await act(tier1, place, "start");
    await act(tier1, place, "resolve", { resolution: some[8] || some[0] });
    for (const page of [clerk, tier1]) {
      for (const where of [place, "/tickets", "/notices", "/tickets?q=" + encodeURIComponent(some[0].slice(0, 100))]) {
        await page.goto(base + where);
        const ran = await page.evaluate(() => window.ran === true || document.querySelectorAll("script").length !== 1);
        expect(!ran, `something ran at ${where}`);
      }
    }
  }
}

async function everyPage(browser) {
  const rooms = [
    [null, [["masuk", "/sign-in"]]],
    ["pegawai.dinkes", [["tiket-saya", "/tickets"], ["pilih-layanan", "/report"], ["lapor", "/report?service=simpeg"], ["pemberitahuan", "/notices"], ["tidak-ditemukan", "/tickets/LBK-2026-999999"]]],
    ["teknisi.dinkes", [["antrean", "/tickets"], ["antrean-kosong", "/tickets?status=cancelled&q=zzz"]]],
    ["admin", [["pengelolaan", "/admin"], ["perangkat-daerah", "/admin/opds"], ["satu-perangkat-daerah", "/admin/opds/bpbd"], ["orang", "/admin/people"], ["layanan", "/admin/services"], ["daftar-kalender", "/admin/calendars"], ["kalender", "/admin/calendars/perpres-21-2023?month=2026-03"], ["hari-libur", "/admin/holidays"], ["daftar-perjanjian", "/admin/agreements"], ["perjanjian", "/admin/agreements/standard"], ["surel", "/admin/mails"], ["kesehatan", "/admin/health"], ["sesi", "/admin/sessions"]]],
    ["koordinator", [["ikhtisar", "/overview"], ["ikhtisar-meja", "/overview?by=tier"], ["laporan-bulanan", "/reports/monthly"], ["akun", "/account"], ["dua-langkah", "/account/second-factor"]]],
    ["auditor", [["catatan-audit", "/audit"], ["catatan-audit-sempit", "/audit?action=session.begin&day=2026-03-02"]]],
  ];
  for (const width of [1280, 360]) {
    for (const [account, places] of rooms) {
      const page = await person(browser, account && `${account}@lebakkab.go.id`, { width });
      for (const [name, place] of places) {
        await page.goto(base + place);
        await picture(page, width === 360 ? name + "-ponsel" : name);
        await inspect(browser, page, name);
      }
      await page.context().close();
    }
    const page = await person(browser, "teknisi.dinkes@lebakkab.go.id", { width });
    await page.goto(base + "/tickets?tier=1&who=me");
    await page.click("[data-rows] li > a");
    await page.waitForURL(PLACE);
    await picture(page, width === 360 ? "tiket-ponsel" : "tiket");
    for (const dialog of await page.locator("details > summary").all()) await dialog.click();
    await inspect(browser, page, "tiket");
    await page.context().close();
  }
  const dark = await person(browser, "teknisi.dinkes@lebakkab.go.id", { dark: true });
  await dark.goto(base + "/tickets");
  await picture(dark, "antrean-gelap");
}

// The three main tasks of a clerk on a line of 64 kbit/s with 600 ms there and back, a telephone without anything kept.
async function slowLine(browser) {
  const page = await person(browser, null, { width: 360 });
  const line = await page.context().newCDPSession(page);
  await line.send("Network.enable");
  await line.send("Network.emulateNetworkConditions", {
    offline: false, latency: 600, downloadThroughput: 64000 / 8, uploadThroughput: 64000 / 8,
  });
  const timed = async (what, most, task) => {
    const began = Date.now();
    await task();
    const seconds = (Date.now() - began) / 1000;
    console.log(`on a slow line: ${what} ${seconds.toFixed(1)} s`);
    expect(seconds < most * (process.env.TESTS_LEEWAY || 1), `${what} took ${seconds} s on a slow line`);
  };
  await timed("sign in and read one's own tickets", 20, async () => {
    await page.goto(base + "/sign-in");
    await page.fill("#login", "pegawai.dinkes@lebakkab.go.id");
    await page.fill("#password", "sigap-demo-2026");
    await page.click("form.sheet button");
    await page.waitForURL(base + "/tickets");
  });
  await timed("report a problem", 20, async () => {
    await page.click('nav a[href="/report"]');
    await page.click('.cards a[href="/report?service=simpeg"]');
    await page.fill("#subject", "SIMPEG tidak bisa dibuka");
    await page.fill("#description", "Sejak pagi muncul galat 502.");
    await page.click('form[action="/report"] button');
    await page.waitForURL(PLACE);
  });
  await timed("answer in the ticket", 15, async () => {
    await page.fill('form[action$="/comment"] textarea', "Sekarang galatnya 504.");
    await page.click('form[action$="/comment"] button');
    await page.waitForSelector(".history .said");
  });
  await page.context().close();
}

const scenes = {
  pages: everyPage,
  lives: async (browser) => {
    const lebak = { tier1: "Service Desk Tier 1", tier2: "Service Desk Tier 2" };
    for (const script of [true, false]) {
      for (const width of [1280, 360]) await wholeLife(browser, "lebakkab.go.id", lebak, { width, script });
    }
    const temanggung = { tier1: "Administrator", tier2: "Superadmin" };
    await wholeLife(browser, "temanggungkab.go.id", temanggung, { width: 1280, script: true });
  },
  keyboard,
  drafts,
  typing,
  sending,
  whom,
  deskDay,
  slowLine,
  programs,
};

// `node journeys.js NAME…` plays some of them.
const wanted = process.argv.slice(2);
house(async (browser) => {
  for (const [name, scene] of Object.entries(scenes)) {
    if (wanted.length === 0 || wanted.includes(name)) await scene(browser);
  }
}).catch((error) => { console.error(error); process.exit(1); });
