// The token of a one-time link comes from the fragment, which no server sees. A form that names a call is sent to REST;
// any other is sent by the browser.
"use strict";
const form = document.querySelector("form");
const status = form?.querySelector("[role=status]");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (form && token) {
  form.elements.token.value = token;
  history.replaceState(null, "", location.pathname);
}
if (form?.dataset.call) form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.className = "";
  status.textContent = "Mengirim …";
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.dataset.call, {
      method: "POST",
      headers: { "Content-Type": "application/json", "Accept-Language": document.documentElement.lang },
      body: JSON.stringify(Object.fromEntries(new FormData(form))),
    });
    if (answer.ok) {
      form.reset();
      status.textContent = form.dataset.done;
      return;
    }
    const problem = await answer.json();
    status.className = "fault";
    status.textContent = (problem.errors || []).map((e) => e.detail).join(" ") || problem.detail;
  } catch {
    status.className = "fault";
    status.textContent = "Peladen tidak terjangkau. Isian Anda masih ada; coba kirim lagi.";
  } finally {
    button.disabled = false;
  }
});
