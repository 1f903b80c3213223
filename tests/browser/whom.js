// A colleague on the telephone: found by a part of his name and picked, with all that was typed, with and without script.
"use strict";
const { base, expect, inspect, person } = require("./house.js");

const TIER1 = "teknisi.dinkes@lebakkab.go.id";

async function telephoned(browser, script) {
  console.log(`a colleague on the telephone is found, ${script ? "with" : "without"} script`);
  const page = await person(browser, TIER1, { script, width: 360 });
  await page.goto(base + "/report?service=simpeg");
  await page.fill("#subject", "Pencetak macet");
  await page.fill("#description", "Ditelepon tadi.");
  await page.selectOption("#channel", "phone");
  await page.fill("#on_behalf_of", "aminah");
  await page.click("[data-asks]");
  await page.waitForSelector("input[name=person]:checked");
  expect(await page.inputValue("#description") === "Ditelepon tadi.", "what was typed is there");
  expect(await page.inputValue("#channel") === "phone", "and what was chosen");
  expect(await page.locator(".note[role=status]").count() === 0, "whoever looks for somebody has sent nothing");
  expect(await page.evaluate(() => document.activeElement.name) === "person", "one goes on where he was found");
  if (script) await inspect(browser, page, "the form with those who were found");
  // Enter sends, and does not search.
  await page.press("#subject", "Enter");
  await page.waitForURL(/\/tickets\/[A-Z]{3}-\d{4}-\d{6}/);
  expect(/Siti Aminah/.test(await page.innerText("main")), "it is hers");
  await page.goto(base + "/report?service=simpeg");
  expect(await page.inputValue("#subject") === "", "what was sent is no draft");
  await page.context().close();
}

async function soughtTwice(browser) {
  console.log("whoever looks for a second person finds that one picked");
  const page = await person(browser, TIER1, { width: 360 });
  await page.goto(base + "/report?service=simpeg");
  await page.fill("#subject", "Pencetak macet");
  const seek = async (text) => {
    await page.fill("#on_behalf_of", text);
    await page.click("[data-asks]");
    await page.waitForSelector(`input[name=sought][value=${text}]`, { state: "attached" });
    await page.waitForLoadState();
  };
  await seek("lebakkab");
  await page.locator("input[name=person]").first().check();
  await seek("aminah");
  expect(await page.locator("input[name=person]:checked").count() === 1, "of one alone it is his, whoever was picked before");
  expect(await page.inputValue("#subject") === "Pencetak macet", "what was typed is there");
  await page.context().close();
}

module.exports = async (browser) => {
  await soughtTwice(browser);
  for (const script of [true, false]) await telephoned(browser, script);
};
