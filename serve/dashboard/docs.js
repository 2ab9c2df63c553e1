// The API's documentation from its own description, with a button that asks.

import { ask, keepToken } from "./api.js";
import { h } from "./dom.js";

const main = document.getElementById("main");

async function show() {
  const description = await (await fetch("/openapi.json")).json();
  const calls = Object.entries(description.paths).map(([path, methods]) => call(path, methods.get, description));
  main.replaceChildren(h("h1", {}, `${description.info.title} API, version ${description.info.version}`),
    h("p", {}, description.info.description.trim()), token(), ...calls);
}

function token() {
  const input = h("input", { type: "password", "aria-label": "Token", autocomplete: "off", placeholder: "token, if this Footfall asks for one" });
  input.addEventListener("change", () => keepToken(input.value));
  return h("details", { class: "call card" }, h("summary", {}, "Token"), input);
}

function call(path, operation, description) {
  const parameters = operation.parameters ?? [];
  const inputs = new Map(parameters.map((one) => [one.name, h("input", { "aria-label": one.name })]));
  const rows = parameters.map((one) => h("tr", {}, h("td", {}, h("code", {}, one.name), one.required ? " (required)" : ""),
    h("td", { class: "note" }, one.description ?? ""), h("td", {}, inputs.get(one.name))));
  const answer = h("pre", { hidden: true });
  const button = h("button", { class: "ask", onclick: () => fill(answer, path, parameters, inputs) }, "Ask");
  const streams = path.endsWith("/live");
  return h("details", { class: "call card", "data-path": path },
    h("summary", {}, h("code", {}, `GET ${path}`), h("span", { class: "note" }, `  ${operation.description ?? operation.summary}`)),
    h("table", {}, h("tbody", {}, ...rows)), streams ? h("p", { class: "note" }, `curl -N ${location.origin}${path}`) : button, answer,
    h("h3", {}, "Answer"), fields(operation, description));
}

async function fill(answer, path, parameters, inputs) {
  const query = {};
  let asked = path.replace(/^\/v1/, "");
  for (const one of parameters) {
    const { value } = inputs.get(one.name);
    if (one.in === "path") asked = asked.replace(`{${one.name}}`, encodeURIComponent(value));
    else if (value) query[one.name] = value;
  }
  answer.hidden = false;
  try {
    answer.textContent = JSON.stringify(await ask(asked, query), null, 2);
  } catch (problem) {
    answer.textContent = problem.message;
  }
}

function fields(operation, { components }) {
  const schema = operation.responses["200"].content?.["application/json"]?.schema;
  if (!schema?.$ref) return h("p", { class: "note" }, "text/event-stream");
  const seen = [];
  collect(schema, components.schemas, seen);
  return h("div", {}, ...seen.map((name) => h("table", {}, h("thead", {}, h("tr", {}, h("th", { colspan: 3 }, name))),
    h("tbody", {}, ...Object.entries(components.schemas[name].properties ?? {}).map(([field, one]) =>
      h("tr", {}, h("td", {}, h("code", {}, field)), h("td", {}, kind(one)), h("td", { class: "note" }, one.description ?? "")))))));
}

function collect(schema, all, seen) {
  const name = schema.$ref?.split("/").at(-1);
  if (name && !seen.includes(name)) {
    seen.push(name);
    Object.values(all[name].properties ?? {}).forEach((one) => collect(one, all, seen));
  }
  [schema.items, ...(schema.anyOf ?? []), ...(schema.allOf ?? [])].filter(Boolean).forEach((one) => collect(one, all, seen));
}

function kind(schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.type === "array") return `list of ${schema.items ? kind(schema.items) : "values"}`;
  return schema.type ?? "any";
}

show();
