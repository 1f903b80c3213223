// The token of a one-time link comes from the fragment, which no server sees.
"use strict";
const form = document.querySelector("form");
const token = new URLSearchParams(location.hash.slice(1)).get("token");
if (form && token) {
  form.elements.token.value = token;
  history.replaceState(null, "", location.pathname);
}
