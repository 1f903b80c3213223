// Small comforts; every page works without them.
"use strict";

// Of a secret ticket, and of a report that is ticked as secret, this browser keeps nothing (ASVS 14.3.3); its drafts are
// on the server.
const store = document.querySelector("[data-private]") ? null : localStorage;
const isSecret = () => !store || Boolean(document.querySelector("[data-secret]:checked"));
const say = document.body.dataset;
const read = (key) => { try { return JSON.parse(store?.getItem(key)) ?? {}; } catch { return {}; } };

// A form that was taken proves it by a cookie with the form's own number. Whatever else comes after one was sent (a page to
// sign in, a refusal, nothing at all) proves nothing, and what was typed stays. Before any draft is put back.
const taken = /(?:^|; )(?:__Host-)?sigap-sent=(\w+)/.exec(document.cookie)?.[1];
for (const key of Object.keys(store ?? {})) {
  if (taken && key.startsWith("draft:") && read(key).once === taken) store.removeItem(key);
}

// What is being typed outlives a lost line, a closed tab, a session that ended.
for (const form of document.querySelectorAll("form[data-draft]")) {
  // Browsers are shared, and a session may end without anybody signing out: what one typed is not shown to the next one.
  const key = `draft:${say.me}:${form.dataset.draft}`;
  const kinds = "textarea, select, input:not([type]), input[type=radio], input[type=datetime-local]";
  const fields = [...form.querySelectorAll(kinds)].filter((f) => f.name);
  const picked = form.querySelector("input[type=file]");
  const once = form.elements.once ?? {};
  const fresh = once.value;
  const kept = read(key);
  // A note for staff is put nowhere where its writer can't say any more that it is one.
  const fits = kept.visibility !== "internal" || form.elements.visibility;
  for (const field of Object.keys(kept).length > 0 && fits ? fields : []) {
    // What was kept without a word on who reads it is for staff: the other way round nobody could take it back.
    const value = kept[field.name] ?? (field.name === "visibility" ? "internal" : null);
    // Who was found, and who of them is ticked, the server says anew.
    if (typeof value !== "string" || ["answer", "person"].includes(field.name)) continue;
    const before = field.value;
    if (field.type === "radio") field.checked = before === value;
    else field.value = value;
    if (field.selectedIndex < 0) field.value = before;
  }
  // Sent, and no proof came. Unchanged it goes out under the same number, so that it counts once even if it had come in.
  const unsure = Boolean(kept.once && fits);
  const word = document.createElement("p");
  if (unsure) once.value = kept.once;
  if (unsure && !document.querySelector(".fault")) {
    word.className = "note";
    word.setAttribute("role", "status");
    word.textContent = say.sayUnsure;
    form.prepend(word);
    form.closest("details")?.setAttribute("open", "");
    word.scrollIntoView({ block: "center" });
  }
  // Text comes back by itself, files do not.
  if (kept.files && fits && !form.querySelector("#file-lost")) {
    const lost = document.createElement("p");
    Object.assign(lost, { className: "hint", id: "file-lost", textContent: say.sayFiles });
    picked.before(lost);
    picked.setAttribute("aria-describedby", `file-lost ${picked.getAttribute("aria-describedby") ?? ""}`.trim());
    picked.addEventListener("change", () => lost.remove(), { once: true });
  }
  const typed = () => fields.some((f) => f.type !== "radio" && f.localName !== "select" && f.value.trim());
  const note = (sent) => {
    const now = fields.filter((f) => f.value && (f.type !== "radio" || f.checked)).map((f) => [f.name, f.value]);
    if (picked?.files.length) now.push(["files", "1"]);
    try {
      // Choices alone are no draft.
      if (typed() && !isSecret()) store.setItem(key, JSON.stringify({ ...Object.fromEntries(now), ...sent }));
      else store?.removeItem(key);
    } catch { /* full or forbidden */ }
  };
  form.addEventListener("input", () => {
    delete form.dataset.sending;
    once.value = fresh;
    word.remove();
    note();
  });
  form.addEventListener("submit", (event) => {
    if (!navigator.onLine) {
      event.preventDefault();
      offline();
      return;
    }
    form.dataset.sending = "1";
    // Whoever comes back to this page finds no words in it that were sent: they would become a draft, or go out once more.
    form.autocomplete = "off";
    // Whoever looks for somebody has sent nothing.
    note(event.submitter?.matches("[data-asks]") ? {} : { once: once.value });
  });
  if (form.dataset.keep) keepOnServer(form, key, typed, unsure);
}

// A draft is on every machine of its writer, and nobody else's.
function keepOnServer(form, key, typed, unsure) {
  const words = () => {
    const data = new FormData(form);
    for (const name of ["once", "answer", "file"]) data.delete(name);
    return new URLSearchParams(data).toString();
  };
  // What may have been sent already is no draft until it is changed.
  let last = !unsure && store?.getItem(key) ? "" : words();
  const keep = async () => {
    const now = words();
    if (now === last || form.dataset.sending || !navigator.onLine) return false;
    try {
      const body = new URLSearchParams(now + "&quiet=1");
      const reply = await fetch(form.dataset.keep, { method: "POST", body, redirect: "manual", keepalive: true });
      if (reply.type === "opaqueredirect" || reply.status === 401) ended();
      if (reply.status !== 204) return false;
      last = now;
      if (words() === now) store?.removeItem(key);
      return true;
    } catch { return false; /* kept in this browser until the line is back */ }
  };
  setInterval(keep, 4000);
  addEventListener("visibilitychange", keep);
  const button = form.querySelector("button[formaction*='/draft']");
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
    // Whoever asks for it gets an answer, whether anything is new or not.
    last = "";
    const told = form.querySelector("[data-kept]");
    if (await keep()) {
      const time = new Date().toLocaleTimeString(document.documentElement.lang === "en" ? "en-GB" : "id", { hour: "2-digit", minute: "2-digit" });
      told.textContent = typed() ? `${told.dataset.kept} ${time}` : "";
    }
    form.querySelector("[data-similar]") && similar(form);
  });
}

// What was solved before, while one is still typing what it is about.
async function similar(form) {
  const place = form.querySelector("[data-similar]");
  const asked = new URLSearchParams({ subject: form.elements.subject.value, service: form.elements.service.value });
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
    else if (reply?.type === "opaqueredirect") ended();
  };
  ask();
  setInterval(ask, 15000);
}

// What must not be overlooked, above everything; once each.
function bar(name, words) {
  document.querySelector(`p[data-${name}]`)?.remove();
  const word = document.createElement("p");
  word.className = "offline";
  word.dataset[name] = "";
  word.setAttribute("role", "status");
  word.append(`${words} ${isSecret() ? say.sayPrivate : say.sayKept} `);
  document.querySelector("main").prepend(word);
  return word;
}
function offline() { bar("offline", say.sayOffline); }
addEventListener("offline", offline);
addEventListener("online", () => document.querySelector("p[data-offline]")?.remove());
function ended() {
  if (document.querySelector("p[data-ended]")) return;
  const link = document.createElement("a");
  link.href = "/sign-in?next=" + encodeURIComponent(document.querySelector("footer [name=next]").value);
  link.target = "_blank";
  link.textContent = say.sayAgain;
  bar("ended", say.sayEnded).append(link);
}

// After a refusal one is at the field that is wrong, not at the top of the page.
const wrong = document.querySelector("form .fault:not([role])") ?? document.querySelector("form .fault");
if (wrong && !document.querySelector("[autofocus]")) {
  const fields = wrong.closest("form").querySelectorAll("input:not([type=hidden]), textarea, select");
  const follows = (field) => wrong.compareDocumentPosition(field) & Node.DOCUMENT_POSITION_FOLLOWING;
  [...fields].find(follows)?.focus({ preventScroll: true });
  wrong.scrollIntoView({ block: "center" });
}

// Photographs are made smaller before a slow line has to carry them.
const LARGEST = 1600;
const shrinking = new Map();
for (const input of document.querySelectorAll("input[type=file][data-shrink]")) {
  const { form } = input;
  const words = form.querySelector("[data-or-files]");
  const need = () => {
    if (!words) return;
    words.required = input.files.length === 0;
    words.setCustomValidity("");
  };
  need();
  words?.addEventListener("input", need);
  words?.addEventListener("invalid", () => {
    if (words.validity.valueMissing) words.setCustomValidity(words.dataset.orFiles);
  });
  input.addEventListener("change", () => {
    need();
    const chosen = [...input.files];
    const work = Promise.resolve().then(async () => {
      const box = new DataTransfer();
      for (const file of chosen) box.items.add(await smaller(file));
      // Others may have been chosen meanwhile.
      if (shrinking.get(form) !== work) return;
      input.files = box.files;
      shrinking.delete(form);
    });
    shrinking.set(form, work);
  });
}

// What is to be done to the tickets that are marked waits for one that is: nothing of what was chosen is lost.
addEventListener("submit", (event) => {
  const { target: form } = event;
  const words = form.querySelector("[data-none]")?.dataset.none;
  const first = form.querySelector("[name=ticket]");
  if (!words || form.querySelector("[name=ticket]:checked")) return;
  event.preventDefault();
  first.setCustomValidity(words);
  first.reportValidity();
  form.addEventListener("input", () => first.setCustomValidity(""), { once: true });
});

// Whoever has sent something sees that it is on its way, and may send it again if nothing comes of it: it counts once. It
// waits for its photographs to be small.
const pressed = new Map();
addEventListener("submit", async (event) => {
  const { target: form, submitter } = event;
  // What Enter presses nobody sees.
  const button = submitter?.matches(".hide") ? form.querySelector(".buttons button") : submitter;
  if (event.defaultPrevented || !button || !form.elements.once) return;
  const [work, again] = [shrinking.get(form), pressed.has(button)];
  if (!again) {
    pressed.set(button, [...button.childNodes]);
    button.setAttribute("aria-busy", "true");
    button.textContent = say.saySending;
  }
  if (!work) return;
  event.preventDefault();
  if (again) return;
  await work;
  form.requestSubmit(button);
});
function calm() {
  for (const [button, words] of pressed) {
    button.removeAttribute("aria-busy");
    button.replaceChildren(...words);
  }
  pressed.clear();
}
addEventListener("pageshow", calm);
addEventListener("input", calm);
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
