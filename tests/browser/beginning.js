// From an empty database to the first ticket that was handed to Tier 2, in a real browser, by pages alone.
"use strict";
const { base, expect, house, inspect, person, picture } = require("./house.js");

const PASSWORD = "kuda hijau makan awan putih";
const TICKET = /\/tickets\/[A-Z]{3}-\d{4}-\d{6}([?#].*)?$/;
const PEOPLE = `name,email,nip,role,opd
Siti Aminah,siti@lebakkab.go.id,,requester,dinkes
Budi Santoso,budi@lebakkab.go.id,198501012010011001,tier1,dinkes
Hendra Gunawan,hendra@lebakkab.go.id,198501012010011002,tier2,
Bambang Wijaya,bambang@lebakkab.go.id,,coordinator,
`;

// Sends a form of the page, with these fields filled in; a folded one is opened first.
async function send(page, action, fields = {}) {
  const form = page.locator(`form[action="${action}"][method=post]`).first();
  if (!(await form.isVisible())) await page.locator(`details:has(form[action="${action}"]) > summary`).first().click();
  for (const [name, value] of Object.entries(fields)) {
    const input = form.locator(`[name="${name}"]`).first();
    if ((await input.evaluate((e) => e.type)).startsWith("select")) await input.selectOption(value);
    else await input.fill(value);
  }
  await Promise.all([page.waitForNavigation(), form.locator("button").first().click()]);
}

async function left(page) {
  await page.goto(base + "/admin");
  return (await page.locator(".is-left p:first-child").allInnerTexts()).map((text) => text.split(" ○")[0]);
}

// Whoever was handed a link chooses a password by it and signs in.
async function byLink(browser, keeper, name, login) {
  await keeper.goto(base + "/admin/people?q=" + encodeURIComponent(login));
  await keeper.click(".list th a");
  await keeper.waitForURL(/\/admin\/people\/[0-9a-f-]+$/);
  await send(keeper, new URL(keeper.url()).pathname + "/link");
  const told = await keeper.locator("[role=status]").innerText();
  const token = /#token=(\S+)/.exec(told)[1];
  const page = await person(browser, null);
  await page.goto(base + "/password#token=" + token);
  expect(new URL(page.url()).hash === "", name + ": the code left the address");
  await page.fill("#password", PASSWORD);
  await Promise.all([page.waitForNavigation(), page.click("form.sheet button")]);
  await signIn(page, login);
  return page;
}

async function signIn(page, login) {
  await page.goto(base + "/sign-in");
  await page.fill("#login", login);
  await page.fill("#password", PASSWORD);
  await page.click("form.sheet button");
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

async function beginning(browser) {
  console.log("from an empty database to the first ticket at Tier 2");
  const operator = await person(browser, null);
  await operator.goto(base + "/setup#token=" + process.env.SIGAP_SETUP);
  await inspect(browser, operator, "pengelola-pertama");
  await operator.fill("#name", "Operator Platform");
  await operator.fill("#email", "operator@contoh.go.id");
  await operator.fill("#password", PASSWORD);
  await Promise.all([operator.waitForNavigation(), operator.click("form.sheet button")]);
  await signIn(operator, "operator@contoh.go.id");
  expect(new URL(operator.url()).pathname === "/admin", "whoever only keeps begins at the first steps");
  await operator.goto(base + "/admin/regions");
  await inspect(browser, operator, "daerah");
  await send(operator, "/admin/shipped/regions", { template: "lebak" });
  await send(operator, "/admin/regions/lebak", { name: "Eko Nugroho", email: "eko@lebakkab.go.id" });
  expect((await left(operator)).length === 0, "nothing is left to the operator");

  const admin = await byLink(browser, operator, "admin", "eko@lebakkab.go.id");
  await picture(admin, "langkah-awal");
  await inspect(browser, admin, "langkah-awal");
  await admin.goto(base + "/admin/opds");
  await send(admin, "/admin/shipped/opds");
  await admin.goto(base + "/admin/services");
  await send(admin, "/admin/shipped/services");
  await admin.goto(base + "/admin/import/people");
  await admin.setInputFiles("#file-file", { name: "orang.csv", mimeType: "text/csv", buffer: Buffer.from(PEOPLE) });
  await Promise.all([admin.waitForNavigation(), admin.click('form[action="/admin/import/people"] button')]);
  await picture(admin, "impor");
  await inspect(browser, admin, "impor");
  expect((await admin.locator("tbody tr").count()) === 4, "each line is told before it is imported");
  await Promise.all([admin.waitForNavigation(), admin.click('form[action="/admin/import/people"] button')]);
  await admin.goto(base + "/admin/health");
  await send(admin, "/admin/health", { to: "eko@lebakkab.go.id" });
  await inspect(browser, admin, "uji-surel");
  expect(!(await left(admin)).includes("Orang"), "who is needed is there: " + (await left(admin)));

  const clerk = await byLink(browser, admin, "clerk", "siti@lebakkab.go.id");
  await clerk.goto(base + "/report?service=simpeg");
  await clerk.fill("#subject", "SIMPEG tidak bisa dibuka");
  await clerk.fill("#description", "Sejak pagi muncul galat 502.");
  await clerk.click('form[action="/report"] button');
  await clerk.waitForURL(TICKET);
  const place = new URL(clerk.url()).pathname;
  const tier1 = await byLink(browser, admin, "tier 1", "budi@lebakkab.go.id");
  await tier1.goto(base + place);
  await tier1.click('details[data-key="escalate"] > summary');
  await send(tier1, place + "/escalate", { reason: "Di pusat data.", tried: "Memulai ulang.", requested: "Periksa basis data." });
  const tier2 = await byLink(browser, admin, "tier 2", "hendra@lebakkab.go.id");
  await tier2.goto(base + "/tickets");
  expect((await tier2.locator(".row .subject").innerText()) === "SIMPEG tidak bisa dibuka", "the ticket is at Tier 2");
  const response = await admin.goto(base + place);
  expect(response.status() === 404, "who keeps the desk sees no tickets");
}

house(beginning).catch((error) => { console.error(error); process.exit(1); });
