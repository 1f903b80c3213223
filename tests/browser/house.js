// What the scenes share: people in their browsers, a watch over every page, and pictures.
"use strict";
const { chromium } = require("playwright-core");
const { HtmlValidate } = require("html-validate");
const fs = require("fs");
const path = require("path");

const base = process.env.SIGAP_URL;
const pictures = process.env.SIGAP_PICTURES;
const axe = fs.readFileSync(require.resolve("axe-core"), "utf8");
// The standard, and no taste: how long a line is or how an attribute is quoted is not its business.
const validator = new HtmlValidate({
  root: true, extends: ["html-validate:standard"],
  rules: { "no-implicit-button-type": "off", "no-trailing-whitespace": "off" },
});
const faults = [];
const seen = new Set();

function fault(text) {
  faults.push(text);
  console.log("  FAULT " + text);
}

async function house(run) {
  const browser = await chromium.launch({ executablePath: process.env.SIGAP_CHROMIUM, args: ["--no-sandbox"] });
  try {
    await run(browser);
  } finally {
    await browser.close();
  }
  console.log(`${seen.size} pages looked at by axe in both colour schemes and held against the standard; ${faults.length} faults`);
  process.exit(faults.length === 0 ? 0 : 1);
}

// Somebody in a browser of his own, signed in if a login is given.
async function person(browser, login, { width = 1280, script = true, dark = false } = {}) {
  const context = await browser.newContext({
    viewport: { width, height: 800 }, javaScriptEnabled: script, locale: "id-ID", colorScheme: dark ? "dark" : "light",
  });
  const page = await context.newPage();
  page.on("dialog", (dialog) => { fault(`a dialog at ${page.url()}: ${dialog.message()}`); dialog.dismiss(); });
  page.on("pageerror", (error) => fault(`${page.url()}: ${error.message}`));
  page.on("console", (message) => {
    if (/Content Security Policy/.test(message.text())) fault(`${page.url()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    const there = new URL(request.url());
    if (there.protocol.startsWith("http") && there.origin !== base) fault(`${page.url()} asks ${there.origin}`);
  });
  if (login) {
    await page.goto(base + "/sign-in");
    await page.fill("#login", login);
    await page.fill("#password", "sigap-demo-2026");
    await page.click("form.sheet button");
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  }
  return page;
}

// The page as the service sends it, by the rules of HTML.
async function validate(page, name) {
  const answer = await page.request.get(page.url());
  const report = await validator.validateString(await answer.text());
  for (const { messages } of report.results) {
    for (const m of messages) fault(`${name}: ${m.ruleId} at ${m.line}:${m.column}: ${m.message}`);
  }
}

// axe over a page as it stands, light and dark; and nothing wider than the window.
async function inspect(browser, page, name) {
  const width = page.viewportSize().width;
  if (!seen.has(`${name} ${width}`)) await validate(page, name);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  if (over > 0) fault(`${name} at ${width}: ${over} px wider than the window`);
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(axe);
    const result = await page.evaluate(() => axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }));
    for (const v of result.violations) fault(`${name} ${colorScheme} at ${width}: ${v.id} ${v.nodes[0].html.slice(0, 120)}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  seen.add(`${name} ${width}`);
}

async function picture(page, name, full = false) {
  if (pictures) await page.screenshot({ path: path.join(pictures, name + ".png"), fullPage: full });
}

function expect(truth, text) {
  if (!truth) fault(text);
}

module.exports = { base, expect, fault, house, inspect, person, picture };
