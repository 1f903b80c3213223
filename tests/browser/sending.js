// What is on its way says so, and a photograph goes out small however soon one presses: what only a browser shows.
"use strict";
const { base, expect, inspect, person } = require("./house.js");

const CLERK = "pegawai.dinkes@lebakkab.go.id";
const TIER1 = "teknisi.dinkes@lebakkab.go.id";

async function reported(page) {
  await page.goto(base + "/report?service=simpeg");
  await page.fill("#subject", "Layar bergaris");
  await page.fill("#description", "Sejak pagi.");
  await page.click('form[action="/report"] button');
  await page.waitForURL(/\/tickets\/[A-Z]{3}-\d{4}-\d{6}/);
  return new URL(page.url()).pathname;
}

// A photograph of some megabytes, as a telephone takes them: noise, which no picture makes small by itself.
const choose = (page) => page.evaluate(async () => {
  const canvas = document.createElement("canvas");
  canvas.width = 2400;
  canvas.height = 1800;
  const context = canvas.getContext("2d");
  const noise = context.createImageData(canvas.width, canvas.height);
  for (let n = 0; n < noise.data.length; n += 1) noise.data[n] = n % 4 === 3 ? 255 : (Math.random() * 64) + 96;
  context.putImageData(noise, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.95));
  const box = new DataTransfer();
  box.items.add(new File([blob], "foto.jpg", { type: "image/jpeg" }));
  const input = document.querySelector("#file");
  input.files = box.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
  // Before it can be small.
  const button = document.querySelector('form[action$="/comment"] button');
  button.click();
  return { size: blob.size, told: button.textContent, busy: button.getAttribute("aria-busy"), off: button.disabled };
});

async function photograph(browser, place) {
  console.log("an answer with a photograph that is sent at once");
  const page = await person(browser, CLERK, { width: 360 });
  await page.goto(base + place);
  await inspect(browser, page, "tiket-ditanya");
  expect((await page.locator("header .note").innerText()).includes("foto layarnya"), "the question stands on the first screen");
  await page.fill("#comment-body", "Ini layarnya.");
  let release;
  const held = new Promise((go) => { release = go; });
  await page.route("**/comment", async (route) => {
    await held;
    await route.continue();
  });
  const asked = page.waitForRequest("**/comment");
  const { size, told, busy, off } = await choose(page);
  expect(told === "Mengirim…" && busy === "true" && !off, `it says so, and can be pressed again: ${told} ${busy} ${off}`);
  const sent = (await asked).postDataBuffer()?.length ?? 0;
  expect(sent > 0 && sent < size / 2, `${sent} bytes were sent of a photograph of ${size}`);
  release();
  await page.waitForSelector("#done");
  expect((await page.locator(".history").innerText()).includes("Ini layarnya."), "the words came with it");
  expect(await page.locator(".files li").count() === 1, "once");
  await page.unroute("**/comment");
  // A file is an answer without words, and an answer is one or the other.
  await page.locator('form[action$="/comment"] button').first().click();
  const why = await page.locator("#comment-body").evaluate((box) => box.validationMessage);
  expect(why === "Tulis balasan atau pilih berkas; salah satunya cukup.", "nothing at all is not sent: " + why);
  await page.setInputFiles("#file", { name: "catatan.txt", mimeType: "text/plain", buffer: Buffer.from("isi") });
  await page.locator('form[action$="/comment"] button').first().click();
  await page.locator(".files li").nth(1).waitFor({ state: "attached" });
  await page.context().close();
}

async function lost(browser, place) {
  console.log("what went nowhere can be sent again");
  const page = await person(browser, CLERK);
  await page.goto(base + "/tickets");
  await page.goto(base + place);
  await page.fill("#comment-body", "Masih bergaris.");
  await page.route("**/comment", (route) => route.abort("aborted"));
  const button = page.locator('form[action$="/comment"] button').first();
  await button.click();
  expect(await button.innerText() === "Mengirim…", "on its way: " + await button.innerText());
  await page.unroute("**/comment");
  await page.locator("#comment-body").pressSequentially("!");
  expect(await button.innerText() === "Kirim", "whoever types on has not sent that: " + await button.innerText());
  await button.click();
  await page.locator(".history", { hasText: "Masih bergaris.!" }).waitFor({ state: "attached" });
  await page.goBack();
  expect(await button.innerText() === "Kirim", "and whoever comes back reads so too: " + await button.innerText());
  await page.context().close();
}

module.exports = async (browser) => {
  const clerk = await person(browser, CLERK);
  const place = await reported(clerk);
  await clerk.context().close();
  const staff = await person(browser, TIER1);
  await staff.goto(base + place);
  await staff.click('details[data-key="pend"] > summary');
  await staff.fill("#pend-question", "Mohon kirim foto layarnya.");
  await staff.click(`form[action="${place}/pend"] button`);
  await staff.waitForSelector("#done");
  await staff.context().close();
  await photograph(browser, place);
  await lost(browser, place);
};
