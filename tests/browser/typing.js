// What is typed is thrown away only once it is taken, and nobody reads what was not meant for him: what only a browser shows.
"use strict";
const { base, expect, inspect, person } = require("./house.js");

const TIER1 = "teknisi.dinkes@lebakkab.go.id";
const CLERK = "pegawai.dinkes@lebakkab.go.id";

const kept = (page) => page.evaluate(() => JSON.stringify(localStorage));
const endSession = (page) => page.context().clearCookies({ name: "sigap" });

async function signIn(page, login) {
  await page.fill("#login", login);
  await page.fill("#password", "sigap-demo-2026");
  await page.click("form.sheet button");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

// The page that shows what was typed when the session had ended, and leads on.
async function again(page) {
  await page.waitForSelector("#unsent");
  await page.click('a.button[href^="/sign-in"]');
  await page.waitForURL(/\/sign-in\?next=/);
}

async function reported(page, subject) {
  await page.goto(base + "/report?service=simpeg");
  await page.fill("#subject", subject);
  await page.fill("#description", "Uji.");
  await page.click('form[action="/report"] button');
  await page.waitForURL(/\/tickets\/[A-Z]{3}-\d{4}-\d{6}/);
  return new URL(page.url()).pathname;
}

const AGAIN = "Pilih lagi semua berkasnya";
const WORDS = { reason: "Di pusat data.", tried: "Memulai ulang.", requested: "Periksa basis data." };

async function fillEscalation(page, place) {
  await page.goto(base + place);
  await page.click('details[data-key="escalate"] > summary');
  for (const [name, words] of Object.entries(WORDS)) await page.fill(`#escalate-${name}`, words);
}

const pressEscalate = (page, place) => page.click(`form[action="${place}/escalate"] button`);

// Presses something of which the line breaks, until the browser knows it.
async function broken(page, end, press) {
  const lost = page.waitForEvent("requestfailed", (request) => request.url().endsWith(end));
  await press().catch(() => {});
  await lost;
}

async function expectEscalation(page, place, what) {
  await page.goto(base + place);
  expect(await page.locator('details[data-key="escalate"][open]').count() === 1, `${what}: the form is open`);
  for (const [name, words] of Object.entries(WORDS)) {
    const value = await page.inputValue(`#escalate-${name}`);
    expect(value === words, `${what}: ${name} is "${value}"`);
  }
  expect(await page.locator(`form[action="${place}/escalate"] .note[role=status]`).count() === 1, `${what}: one is told`);
}

async function notesForStaff(browser, place) {
  console.log("a note for staff comes back as one");
  const page = await person(browser, TIER1);
  await page.goto(base + place);
  await endSession(page);
  await page.check('input[name=visibility][value=internal]');
  await page.fill("#comment-body", "Pelapor ini sudah tiga kali salah sandi.");
  await page.goto(base + place);
  await signIn(page, TIER1);
  expect((await page.inputValue("#comment-body")).startsWith("Pelapor ini"), "the text is there");
  expect(await page.isChecked("input[name=visibility][value=internal]"), "and for staff");
  const saved = await page.waitForRequest((request) => request.url().endsWith("/draft"));
  expect(/visibility=internal/.test(saved.postData()), "the server is told so: " + saved.postData());
  // What was kept before a browser kept that word.
  const number = place.split("/").pop();
  await page.goto(base + "/tickets");
  await page.evaluate((number) => {
    localStorage.setItem(`draft:${document.body.dataset.me}:comment-${number}`, JSON.stringify({ body: "Lama." }));
  }, number);
  await page.goto(base + place);
  expect(await page.isChecked("input[name=visibility][value=internal]"), "nobody knows who was to read it: staff");
  await page.fill("#comment-body", "");
  // A time that was chosen, too.
  await page.click('details[data-key="pend"] > summary');
  await page.selectOption("#pend-reason", "scheduled");
  await page.fill("#pend-until", "2030-01-01T10:00");
  await page.goto(base + place);
  expect(await page.inputValue("#pend-until") === "2030-01-01T10:00", "a time is kept");
  expect(await page.inputValue("#pend-reason") === "scheduled", "and what one waits for");
  await page.context().close();
}

async function taken(browser, place) {
  console.log("what was sent is forgotten only once it is taken");
  const page = await person(browser, TIER1);
  await fillEscalation(page, place);
  await endSession(page);
  await pressEscalate(page, place);
  await again(page);
  await signIn(page, TIER1);
  expect(new URL(page.url()).pathname === place, "signing in leads back: " + page.url());
  await expectEscalation(page, place, "the session ended");
  await page.route("**/escalate", (route) => route.abort("connectionreset"));
  await broken(page, "/escalate", () => pressEscalate(page, place));
  await page.unroute("**/escalate");
  await expectEscalation(page, place, "the line broke");
  await page.route("**/escalate", (route) => route.fulfill({ status: 429, contentType: "text/html", body: "<p>429</p>" }));
  await pressEscalate(page, place);
  await page.waitForLoadState();
  await page.unroute("**/escalate");
  await expectEscalation(page, place, "too fast");
  const other = await page.context().newPage();
  await endSession(page);
  await other.goto(base + "/sign-in");
  await signIn(other, TIER1);
  await other.close();
  await pressEscalate(page, place);
  await page.waitForLoadState();
  expect(/\b403\b/.test(await page.locator("main").innerText()), "the form of a session before is refused");
  await expectEscalation(page, place, "two windows");
  await pressEscalate(page, place);
  await page.waitForLoadState();
  expect(!(await kept(page)).includes("Di pusat data."), "what was taken is kept no longer");
  await page.context().close();

  const clerk = await person(browser, CLERK);
  await clerk.goto(base + "/report?service=email-dinas");
  const subject = `Surel ${Date.now()}`;
  await clerk.fill("#subject", subject);
  await clerk.fill("#description", "Cerita panjang.");
  await clerk.setInputFiles("#file", { name: "foto.txt", mimeType: "text/plain", buffer: Buffer.from("isi") });
  await endSession(clerk);
  await clerk.click('form[action="/report"] button');
  await clerk.waitForSelector("#unsent");
  expect((await clerk.locator("main").innerText()).includes(AGAIN), "the files are to be chosen again");
  await again(clerk);
  await signIn(clerk, CLERK);
  expect(clerk.url().endsWith("/report?service=email-dinas"), "back at the report: " + clerk.url());
  const told = clerk.locator('form[action="/report"] p', { hasText: AGAIN });
  expect(await told.count() === 1, "it is said once, at the field");
  const by = (await clerk.getAttribute("#file", "aria-describedby")).split(" ");
  expect(by.includes("file-lost") && by.includes("file-hint"), "to whoever hears the page as well: " + by);
  await inspect(browser, clerk, "berkas-dipilih-lagi");
  await clerk.setInputFiles("#file", { name: "foto.txt", mimeType: "text/plain", buffer: Buffer.from("isi") });
  await told.first().waitFor({ state: "detached" });
  expect(await told.count() === 0, "and no longer once they are");
  await clerk.setInputFiles("#file", []);
  await endSession(clerk);
  await clerk.goto(base + "/sign-in?next=/report?service=email-dinas");
  await signIn(clerk, "pegawai.disdik@lebakkab.go.id");
  expect(await clerk.inputValue("#description") === "", "whoever sits down next reads nothing of it");
  await endSession(clerk);
  await clerk.goto(base + "/sign-in?next=/report?service=email-dinas");
  await signIn(clerk, CLERK);
  expect(await clerk.inputValue("#description") === "Cerita panjang.", "with its words");
  // The answer is lost on the way; sent once more it is the same report.
  await clerk.route("**/report", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    await route.fetch({ maxRedirects: 0 });
    return route.abort("connectionreset");
  });
  await broken(clerk, "/report", () => clerk.click('form[action="/report"] button'));
  await clerk.unroute("**/report");
  // The lost answer lay in this harness, not on the line: its proof is lost too.
  await clerk.context().clearCookies({ name: "sigap-sent" });
  await clerk.goto(base + "/report?service=email-dinas");
  expect(await clerk.inputValue("#description") === "Cerita panjang.", "nobody knows whether it came in");
  await clerk.click('form[action="/report"] button');
  await clerk.waitForURL(/\/tickets\//);
  await clerk.goto(base + "/tickets?q=" + encodeURIComponent(subject));
  const rows = await clerk.locator("[data-rows] li").count();
  expect(rows === 1, `reported once, not ${rows} times`);
  expect(!(await kept(clerk)).includes("Cerita panjang."), "what was taken is kept no longer");
  await clerk.context().close();
}

async function told(browser, place) {
  console.log("one is told that the line is lost, the session over, the draft saved, the form refused");
  const page = await person(browser, TIER1);
  await page.goto(base + place);
  await page.context().setOffline(true);
  await page.fill("#comment-body", "Masih galat.");
  await page.click(`form[action="${place}/comment"] button`);
  expect(await page.locator("p[data-offline]").isVisible(), "the line is lost");
  await page.context().setOffline(false);
  await page.waitForSelector("p[data-offline]", { state: "detached" });
  expect(await page.locator("[data-changed]").count() === 1, "the place for news stays");
  await Promise.all([page.waitForResponse((reply) => reply.url().endsWith("/draft")), page.click('button[formaction$="/draft"]')]);
  await page.locator("[data-kept]", { hasText: /^\s*Draf tersimpan \d\d\.\d\d\s*$/ }).waitFor({ state: "attached" });
  await inspect(browser, page, "draf-tersimpan");
  await endSession(page);
  await page.fill("#comment-body", "Masih galat, dan sesi habis.");
  await page.waitForSelector("p[data-ended]");
  expect((await page.locator("p[data-ended]").innerText()).includes("tersimpan di peramban ini"), "the session is over");
  await inspect(browser, page, "sesi-berakhir");
  const [tab] = await Promise.all([page.context().waitForEvent("page"), page.click("p[data-ended] a")]);
  await tab.waitForLoadState();
  await signIn(tab, TIER1);
  expect(new URL(tab.url()).pathname === place, "the other window leads to the ticket: " + tab.url());
  expect(await tab.inputValue("#comment-body") === "Masih galat, dan sesi habis.", "with what was typed");
  await tab.close();
  await page.context().close();

  const phone = await person(browser, TIER1, { width: 360 });
  await fillEscalation(phone, place);
  await phone.fill("#escalate-tried", " ");
  await phone.locator(`form[action="${place}/escalate"]`).evaluate((form) => { form.noValidate = true; });
  await pressEscalate(phone, place);
  await phone.waitForSelector("#escalate-tried-fault");
  expect(await phone.evaluate(() => document.activeElement.id) === "escalate-tried", "one is at the field that is wrong");
  const seen = await phone.locator("#escalate-tried-fault").evaluate((e) => {
    const { top, bottom } = e.getBoundingClientRect();
    return top >= 0 && bottom <= innerHeight;
  });
  expect(seen, "and sees what is wrong");
  await phone.context().close();
}

async function cameBack(browser, place) {
  console.log("whoever goes back after he sent something finds an empty box, and no draft of it");
  const page = await person(browser, TIER1);
  await page.clock.install();
  const drafts = [];
  page.on("request", (request) => { if (request.url().endsWith("/draft")) drafts.push(request.postData()); });
  await page.goto(base + "/tickets");
  await page.goto(base + place);
  await page.fill("#comment-body", "Sudah kami mulai ulang.");
  await page.click(`form[action="${place}/comment"] button`);
  await page.waitForSelector("#done");
  drafts.length = 0;
  await page.goBack();
  // A draft would leave by now.
  await page.clock.runFor(5000);
  expect(await page.inputValue("#comment-body") === "", "what was sent is in no box: " + await page.inputValue("#comment-body"));
  await page.goto(base + place);
  expect(await page.inputValue("#comment-body") === "" && drafts.length === 0, "and is no draft: " + drafts);
  await page.context().close();
}

module.exports = async (browser) => {
  const clerk = await person(browser, CLERK);
  const places = [];
  for (const subject of ["Catatan petugas", "Diteruskan", "Sambungan", "Kembali"]) places.push(await reported(clerk, subject));
  await clerk.context().close();
  await notesForStaff(browser, places[0]);
  await taken(browser, places[1]);
  await told(browser, places[2]);
  await cameBack(browser, places[3]);
};
