// Small comforts; every page works without them.
"use strict";

// Of a secret ticket this browser keeps nothing (ASVS 14.3.3); its drafts are on the server.
const store = document.querySelector("[data-private]") ? null : localStorage;

// The next page has come: what was sent is no draft any more, unless it was refused. Before any draft is put back.
const sent = sessionStorage.getItem("sent");
if (sent) {
  sessionStorage.removeItem("sent");
  if (!document.querySelector(".fault")) store?.removeItem(sent);
}

// What is being typed outlives a lost line, a closed tab, a session that ended.
for (const form of document.querySelectorAll("form[data-draft]")) {
  const key = "draft:" + form.dataset.draft;
  const fields = [...form.querySelectorAll("textarea, input:not([type]), select")].filter((f) => f.name);
  let kept = {};
  try { kept = JSON.parse(store?.getItem(key) || "{}"); } catch { /* unreadable: nothing was kept */ }
  for (const field of fields) {
    // Where drafts are kept on the server too, this browser holds only what the server has not got yet.
    const wanted = form.dataset.keep ? field.name !== "answer" : !field.value;
    if (wanted && typeof kept[field.name] === "string") field.value = kept[field.name];
  }
  form.addEventListener("input", () => {
    const now = Object.fromEntries(fields.map((f) => [f.name, f.value]).filter(([, value]) => value));
    try { store?.setItem(key, JSON.stringify(now)); } catch { /* full or forbidden */ }
  });
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      offline();
      return;
    }
    form.dataset.sending = "1";
    // Forgotten only once the next page has come: a line that breaks now must not cost the text.
    sessionStorage.setItem("sent", key);
  });
  if (form.dataset.keep) keepOnServer(form, key);
}

// A draft is on every machine of its writer, and nobody else's.
function keepOnServer(form, key) {
  const words = () => {
    const data = new FormData(form);
    for (const name of ["once", "answer", "file"]) data.delete(name);
    return new URLSearchParams(data).toString();
  };
  let last = store?.getItem(key) ? "" : words();
  const keep = async () => {
    const now = words();
    if (now === last || form.dataset.sending || !navigator.onLine) return;
    try {
      const body = new URLSearchParams(now + "&quiet=1");
      const reply = await fetch(form.dataset.keep, { method: "POST", body, redirect: "manual", keepalive: true });
      if (reply.status !== 204) return;
      last = now;
      if (words() === now) store?.removeItem(key);
    } catch { /* kept in this browser until the line is back */ }
  };
  setInterval(keep, 4000);
  addEventListener("visibilitychange", keep);
  const button = form.querySelector("button[formaction]");
  const choice = form.querySelector("[data-answers]");
  button?.addEventListener("click", async (event) => {
    event.preventDefault();
    if (choice?.value) {
      const reply = await fetch(choice.dataset.answers + choice.value, { redirect: "manual" }).catch(() => null);
      if (!reply?.ok) return;
      const box = form.elements.body;
      box.value = [box.value.trimEnd(), await reply.text()].filter(Boolean).join("\n\n");
      choice.value = "";
      box.dispatchEvent(new Event("input", { bubbles: true }));
      box.focus();
    }
    await keep();
    form.querySelector("[data-similar]") && similar(form);
  });
}

// What was solved before, while one is still typing what it is about.
async function similar(form) {
  const place = form.querySelector("[data-similar]");
  const asked = new URLSearchParams({ subject: form.elements.subject.value });
  const reply = await fetch(place.dataset.similar + "?" + asked, { redirect: "manual" }).catch(() => null);
  if (reply?.ok) place.innerHTML = await reply.text();
}
for (const place of document.querySelectorAll("[data-similar]")) {
  const form = place.closest("form");
  form.elements.subject.addEventListener("change", () => similar(form));
}

// What is new: told by the server as it happens, or asked for where no line can be kept.
const news = document.querySelector("[data-news]");
if (news) {
  const since = "since=" + encodeURIComponent(news.dataset.news);
  let line = null;
  let timer = null;
  const tell = ({ tickets }) => {
    const own = news.dataset.id;
    const told = tickets.filter(({ id }) => !own || id === own);
    for (const { id } of told) news.querySelector(`li[data-id="${id}"]`)?.classList.add("changed");
    const bar = document.querySelector("[data-changed]");
    if (bar && told.length) bar.hidden = false;
  };
  const ask = async () => {
    if (document.hidden) return;
    const reply = await fetch("/news?" + since, { redirect: "manual" }).catch(() => null);
    if (reply?.ok) tell(await reply.json());
    else if (reply?.type === "opaqueredirect") clearInterval(timer);
  };
  const askOften = () => { line.close(); timer ??= setInterval(ask, 30000); };
  const listen = () => {
    if (document.hidden || timer) return;
    line = new EventSource("/news/stream?" + since);
    line.addEventListener("news", (event) => tell(JSON.parse(event.data)));
    line.addEventListener("end", askOften);
    line.addEventListener("error", () => line.readyState === EventSource.CLOSED && askOften());
  };
  listen();
  addEventListener("visibilitychange", () => { line?.close(); listen(); });
}

// Who else has this ticket open.
const here = document.querySelector("[data-here]");
if (here) {
  const ask = async () => {
    if (document.hidden) return;
    const body = new URLSearchParams({ form: here.dataset.form });
    const reply = await fetch(here.dataset.here, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (reply?.ok) here.textContent = await reply.text();
  };
  ask();
  setInterval(ask, 15000);
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

// j and k walk through a list, x marks, Enter opens, / searches, a letter opens a dialog of a ticket; listed on the page
// of one's account, where they can be turned off in this browser (WCAG 2.1.4).
const keys = document.querySelector("[data-keys]");
if (keys) {
  keys.hidden = false;
  const box = keys.querySelector("input");
  box.checked = hasKeys();
  box.addEventListener("change", () => {
    document.cookie = `keys=${box.checked ? "on" : "off"}; path=/; max-age=31536000; samesite=strict`;
  });
}
function hasKeys() { return !/(^|; )keys=off(;|$)/.test(document.cookie); }
const KEYS = { e: "escalate", a: "assign", r: "resolve", w: "pend", s: "start", u: "edit" };
addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input:not([type=checkbox]), textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !hasKeys()) return;
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (search) { event.preventDefault(); search.focus(); }
  } else if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll("[data-rows] li > a")];
    const at = links.findIndex((link) => link.parentElement.contains(document.activeElement));
    links[Math.max(0, Math.min(links.length - 1, at + (event.key === "j" ? 1 : -1)))]?.focus();
  } else if (event.key === "x") {
    document.activeElement?.closest("[data-rows] li")?.querySelector("input[name=ticket]")?.click();
  } else if (KEYS[event.key]) {
    const act = document.querySelector(`[data-key="${KEYS[event.key]}"]`);
    if (!act) return;
    event.preventDefault();
    if (act.tagName === "DETAILS") act.open = true;
    act.querySelector("input:not([type=hidden]), textarea, select, button")?.focus();
  }
});
