// At least 200 strings that a careless page would run, hide or take for its own syntax. Each tells it by `ran` or a dialog.
"use strict";
const run = "window.ran=true";
const tags = ["img", "svg", "video", "audio", "body", "iframe", "object", "embed", "input", "details", "marquee", "style", "link", "form", "isindex", "math"];
const events = ["onload", "onerror", "onfocus", "onmouseover", "ontoggle", "onbegin", "onpointerenter", "onanimationstart"];
const corpus = [
  `<script>${run}</script>`, `<ScRiPt>${run}</sCrIpT>`, `<script src=//x.invalid/a.js></script>`, `</title><script>${run}</script>`,
  `</textarea><script>${run}</script>`, `</option></select><script>${run}</script>`, `--><script>${run}</script><!--`, `]]><script>${run}</script>`,
  `"><script>${run}</script>`, `'><script>${run}</script>`, `" autofocus onfocus=${run} x="`, `' autofocus onfocus=${run} x='`,
  `<a href="javascript:${run}">x</a>`, `<a href="java\tscript:${run}">x</a>`, `<a href=data:text/html,<script>${run}</script>>x</a>`,
  `javascript:${run}`, `data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==`, `{{ 7*7 }}`, `\${7*7}`, `<%= 7*7 %>`, `#{7*7}`, `{% raw %}`, `{%endblock%}`,
  `&lt;script&gt;${run}&lt;/script&gt;`, `&#60;script&#62;${run}&#60;/script&#62;`, `\u202e<script>${run}</script>`, `\u2066nama\u2069.exe`, `\ufeff<script>${run}</script>`,
  `＜script＞${run}＜/script＞`, `<\u200bscript>${run}</script>`, `<svg><script>${run}</script></svg>`, `<svg><animate onbegin=${run} attributeName=x dur=1s>`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${run}>`, `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
  `<base href="https://x.invalid/">`, `<meta http-equiv="refresh" content="0;url=https://x.invalid/">`, `<template><script>${run}</script></template>`,
  `<table background="javascript:${run}">`, `<div style="background:url(javascript:${run})">`, `<xss id=x tabindex=1 onfocus=${run}></xss>`,
  `<!--[if IE]><script>${run}</script><![endif]-->`, `<img src="x\`" onerror=${run}>`, `<img/src/onerror=${run}>`, `<iframe srcdoc="<script>parent.ran=true</script>">`,
  `=cmd|' /C calc'!A0`, `+1+1`, `@SUM(1)`, `-2+3`, `'; DROP TABLE tickets; --`, `" OR 1=1 --`, `%00`, `%3Cscript%3E`, `../../etc/passwd`, `\\\\host\\share`,
  `<b>tebal</b>`, `<h1>judul</h1>`, `&amp;amp;`, `\u0e01`.repeat(40), "Z\u0351\u036b".repeat(20), `\u{1f600}`.repeat(30), "a".repeat(180),
];
for (const tag of tags) {
  for (const event of events) corpus.push(`<${tag} src=x ${event}=${run} autofocus tabindex=1>`);
}
for (const quote of [`"`, `'`, "`"]) {
  for (const event of events) corpus.push(`${quote}${event}=${run}${quote} ${quote}>`);
}
if (corpus.length < 200) throw new Error(`only ${corpus.length} strings`);
module.exports = corpus;
