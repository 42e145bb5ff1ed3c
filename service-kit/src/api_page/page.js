"use strict";
// Builds the page from /openapi.json. Text is only ever set as text, never as markup. The token
// stays in this tab: sessionStorage ends with it.

const TOKEN_KEY = "itam.token";
const METHODS = ["get", "post", "put", "patch", "delete"];
const byId = (id) => document.getElementById(id);

function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Follows a local `$ref`. */
function resolve(root, node) {
  const seen = new Set();
  while (node && node.$ref && !seen.has(node.$ref)) {
    seen.add(node.$ref);
    node = node.$ref.slice(2).split("/")
      .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce((at, part) => at?.[part], root);
  }
  return node ?? {};
}

/** The example of a media type or parameter: its own, the first of several, or the schema's. */
function exampleOf(root, node) {
  if (node.example !== undefined) return node.example;
  const [first] = Object.values(node.examples ?? {});
  if (first !== undefined) return resolve(root, first).value;
  const schema = resolve(root, node.schema);
  return schema.example ?? schema.examples?.[0] ?? schema.default;
}

const asText = (value) => value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value, null, 2);

function typeOf(root, schema) {
  const resolved = resolve(root, schema);
  if (resolved.enum) return resolved.enum.map(String).join(" | ");
  const type = [resolved.type ?? "any"].flat().filter((name) => name !== "null").join(" or ");
  return resolved.format ? `${type} (${resolved.format})` : type;
}

function parameterRow(root, parameter) {
  const input = make("input", { placeholder: asText(exampleOf(root, parameter)) });
  input.dataset.name = parameter.name;
  input.dataset.place = parameter.in;
  input.required = Boolean(parameter.required);
  return make("tr", {},
    make("td", {}, make("code", { textContent: parameter.name + (parameter.required ? " *" : "") })),
    make("td", { textContent: parameter.in }),
    make("td", { textContent: typeOf(root, parameter.schema) }),
    make("td", {}, input),
    make("td", { textContent: parameter.description ?? "" }));
}

/** The parts of an operation that do not change: parameters, body, answers. */
function describe(root, operation, parameters) {
  const parts = [];
  if (operation.description) parts.push(make("p", { textContent: operation.description }));
  if (parameters.length) {
    const rows = parameters.map((parameter) => parameterRow(root, parameter));
    parts.push(make("h3", { textContent: "Parameters" }), make("table", {}, ...rows));
  }
  return parts;
}

function bodyEditor(root, operation) {
  const content = resolve(root, operation.requestBody).content;
  if (!content) return null;
  const [[mediaType, media]] = Object.entries(content);
  const examples = Object.entries(media.examples ?? {});
  const editor = make("textarea", { value: asText(exampleOf(root, media)), spellcheck: false });
  editor.dataset.mediaType = mediaType;
  const parts = [make("h3", { textContent: `Body: ${mediaType}` })];
  if (examples.length > 1) {
    const choice = make("select", {}, ...examples.map(([name]) => make("option", { textContent: name })));
    choice.addEventListener("change", () => {
      editor.value = asText(resolve(root, media.examples[choice.value]).value);
    });
    parts.push(choice);
  }
  return { editor, parts: [...parts, editor] };
}

function answers(root, operation) {
  const rows = Object.entries(operation.responses ?? {}).map(([status, reference]) => {
    const response = resolve(root, reference);
    const media = Object.values(response.content ?? {})[0];
    const example = media ? asText(exampleOf(root, media)) : "";
    const cell = make("td", { textContent: response.description ?? "" });
    if (example) cell.append(make("pre", { textContent: example }));
    return make("tr", {}, make("td", { className: "status", textContent: status }), cell);
  });
  return [make("h3", { textContent: "Answers" }), make("table", {}, ...rows)];
}

function requestOf(path, method, container, editor) {
  let url = path;
  const query = new URLSearchParams();
  const headers = {};
  for (const input of container.querySelectorAll("input[data-name]")) {
    const { name, place } = input.dataset;
    if (place === "path") url = url.replace(`{${name}}`, encodeURIComponent(input.value || input.placeholder));
    else if (input.value === "") continue;
    else if (place === "query") query.append(name, input.value);
    else if (place === "header") headers[name] = input.value;
  }
  const token = byId("token").value.trim();
  if (token) headers.Authorization = `Bearer ${token}`;
  if (editor) headers["Content-Type"] = editor.dataset.mediaType;
  if ([...query].length) url += `?${query}`;
  return { url, options: { method: method.toUpperCase(), headers, body: editor?.value, redirect: "manual" } };
}

/** Reads at most `limit` characters, so that an endless stream cannot fill the page. */
async function readSome(response, limit = 200_000) {
  if (!response.body) return "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (let chunk; text.length < limit && !(chunk = await reader.read()).done;) text += chunk.value;
  await reader.cancel();
  return text.slice(0, limit);
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

function tryOut(path, method, container, editor) {
  const button = make("button", { textContent: "Try it", type: "button" });
  const status = make("p", { className: "status" });
  const output = make("pre", { hidden: true });
  button.addEventListener("click", async () => {
    const { url, options } = requestOf(path, method, container, editor);
    button.disabled = true;
    status.textContent = `${options.method} ${url} …`;
    const started = performance.now();
    try {
      const response = await fetch(url, options);
      const headers = ["etag", "itam-position", "itam-trace-id", "retry-after"]
        .filter((name) => response.headers.has(name))
        .map((name) => `${name}: ${response.headers.get(name)}`);
      const took = Math.round(performance.now() - started);
      status.textContent = [`${response.status} ${response.statusText} in ${took} ms`, ...headers].join(" · ");
      output.textContent = pretty(await readSome(response));
    } catch (error) {
      status.textContent = `No answer: ${error.message}`;
      output.textContent = "";
    }
    output.hidden = output.textContent === "";
    button.disabled = false;
  });
  return [button, status, output];
}

function operationElement(root, path, method, shared, operation) {
  const head = make("summary", {},
    make("span", { className: "method", textContent: method.toUpperCase() }),
    make("span", { className: "path", textContent: path }),
    make("span", { className: "text", textContent: operation.summary ?? "" }));
  const details = make("details", {}, head);
  details.dataset.search = `${method} ${path} ${operation.operationId ?? ""} ${operation.summary ?? ""}`.toLowerCase();
  // The inside is built when first opened: a document has many operations.
  details.addEventListener("toggle", () => {
    const parameters = [...shared, ...(operation.parameters ?? [])].map((node) => resolve(root, node));
    const inside = make("div", {}, ...describe(root, operation, parameters));
    const body = bodyEditor(root, operation);
    if (body) inside.append(...body.parts);
    inside.append(...tryOut(path, method, inside, body?.editor), ...answers(root, operation));
    details.append(inside);
  }, { once: true });
  return details;
}

function render(root) {
  byId("title").textContent = document.title = `${root.info?.title ?? "API"} ${root.info?.version ?? ""}`;
  byId("about").textContent = root.info?.description ?? "";
  const groups = new Map();
  for (const [path, item] of Object.entries(root.paths ?? {})) {
    for (const method of METHODS.filter((name) => item[name])) {
      const tag = item[method].tags?.[0] ?? "Operations";
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationElement(root, path, method, item.parameters ?? [], item[method]));
    }
  }
  const sections = [...groups].map(([tag, operations]) =>
    make("section", {}, make("h2", { textContent: tag }), ...operations));
  byId("operations").replaceChildren(...sections);
}

function filterOperations(words) {
  for (const section of document.querySelectorAll("main section")) {
    const operations = [...section.querySelectorAll("details")];
    for (const operation of operations) {
      operation.hidden = !words.every((word) => operation.dataset.search.includes(word));
    }
    section.hidden = operations.every((operation) => operation.hidden);
  }
}

async function start() {
  const token = byId("token");
  token.value = sessionStorage.getItem(TOKEN_KEY) ?? "";
  token.addEventListener("input", () => sessionStorage.setItem(TOKEN_KEY, token.value.trim()));
  byId("filter").addEventListener("input", (event) =>
    filterOperations(event.target.value.toLowerCase().split(/\s+/).filter(Boolean)));
  try {
    const response = await fetch("/openapi.json");
    if (!response.ok) throw new Error(`status ${response.status}`);
    render(await response.json());
  } catch (error) {
    byId("operations").replaceChildren(make("p", { textContent: `Cannot read /openapi.json: ${error.message}` }));
  }
}

start();
