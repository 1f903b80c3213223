// Small comforts; every page works without them.
"use strict";

// What is being typed outlives a lost line, a closed tab, a session that ended.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = "draft:" + form.dataset.draft;
  const fields = [...form.querySelectorAll("textarea, input:not([type]), select")].filter((f) => f.name);
  let kept = {};
  try { kept = JSON.parse(localStorage.getItem(key) || "{}"); } catch { /* unreadable: nothing was kept */ }
  for (const field of fields) {
    if (!field.value && typeof kept[field.name] === "string") field.value = kept[field.name];
  }
  form.addEventListener("input", () => {
    const now = Object.fromEntries(fields.map((f) => [f.name, f.value]).filter(([, value]) => value));
    try { localStorage.setItem(key, JSON.stringify(now)); } catch { /* full or forbidden */ }
  });
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      offline();
      return;
    }
    // Forgotten only once the next page has come: a line that breaks now must not cost the text.
    sessionStorage.setItem("sent", key);
  });
}
const sent = sessionStorage.getItem("sent");
if (sent) {
  sessionStorage.removeItem("sent");
  if (!document.querySelector(".fault")) localStorage.removeItem(sent);
}

function offline() {
  if (document.querySelector(".offline")) return;
  const bar = document.createElement("p");
  bar.className = "offline";
  bar.setAttribute("role", "status");
  bar.textContent = document.documentElement.lang === "en"
    ? "No connection. What you typed is kept in this browser; send it again when the line is back."
    : "Sambungan terputus. Tulisan Anda tersimpan di peramban ini; kirim lagi setelah tersambung.";
  document.body.prepend(bar);
}
addEventListener("offline", offline);
addEventListener("online", () => document.querySelector(".offline")?.remove());

// Photographs are made smaller before a slow line has to carry them.
const LARGEST = 1600;
for (const input of document.querySelectorAll("input[type=file][data-shrink]")) {
  input.addEventListener("change", async () => {
    const box = new DataTransfer();
    for (const file of input.files) box.items.add(await smaller(file));
    input.files = box.files;
  });
}
async function smaller(file) {
  if (!/^image\/(jpeg|png|webp)$/.test(file.type) || file.size < 300000) return file;
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, LARGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}

// j and k walk through a list, Enter opens, / searches, a letter opens a dialog of a ticket.
const KEYS = { e: "escalate", a: "assign", r: "resolve", w: "pend", s: "start" };
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll("[data-rows] li > a")];
    const at = links.indexOf(document.activeElement);
    links[Math.max(0, Math.min(links.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
  } else if (KEYS[event.key]) {
    const act = document.querySelector(`[data-key="${KEYS[event.key]}"]`);
    if (!act) return;
    event.preventDefault();
    if (act.tagName === "DETAILS") act.open = true;
    act.querySelector("textarea, select, button")?.focus();
  }
});
