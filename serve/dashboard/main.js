// Which view is shown, from the address; the token where the API wants one.

import { keepToken } from "./api.js";
import { h } from "./dom.js";
import { showSite } from "./site.js";
import { showSites } from "./sites.js";

const main = document.getElementById("main");
let leaving = new AbortController();

async function show() {
  leaving.abort();
  leaving = new AbortController();
  const { signal } = leaving;
  document.getElementById("live").hidden = true;
  document.getElementById("clock").textContent = "";
  const site = /^#\/sites\/([a-z0-9_-]+)$/.exec(location.hash)?.[1];
  document.getElementById("crumb").textContent = site ?? "all sites";
  document.title = site ? `${site} · Footfall` : "Footfall";
  try {
    await (site ? showSite(main, site, signal) : showSites(main, signal));
  } catch (problem) {
    if (signal.aborted) return;
    if (problem.status === 401) askToken();
    else say(problem);
  }
}

function say(problem) {
  main.replaceChildren(h("div", { class: "card problem" }, h("h2", {}, "The numbers cannot be shown"),
    h("p", {}, problem.message), h("p", { class: "note" }, "This page tries again by itself.")));
  setTimeout(show, 3000);
}

function askToken() {
  const input = h("input", { type: "password", name: "token", autocomplete: "off", "aria-label": "Token", required: true });
  const form = h("form", { class: "card token" }, h("h2", {}, "This Footfall asks for a token"),
    h("p", { class: "note" }, "It is the value of FOOTFALL_API_TOKEN where the API was started. It stays in this tab."),
    input, h("button", {}, "Show the numbers"));
  form.addEventListener("submit", (event) => { event.preventDefault(); keepToken(input.value); show(); });
  main.replaceChildren(form);
  input.focus();
}

addEventListener("hashchange", show);
show();
