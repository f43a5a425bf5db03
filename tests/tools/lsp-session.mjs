// A session with yaml-language-server as an editor has one: a file with our modeline is opened, completed, hovered and
// broken, and what the server says must come from our schema.
//
//   node lsp-session.mjs SERVER SCHEMA

import { spawn } from "node:child_process";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [server, schema] = process.argv.slice(2).map((path) => resolve(path));
const TIMEOUT = 60_000;

const right = `# yaml-language-server: $schema=${pathToFileURL(schema)}
version: 1
centers:
  try: { provider: embedded }
members:
  alice: { email: alice@acme.example }
pools:
  design:
    center: try
    budget: { unit: credits, period: monthly }
    access: []
    others: blocked
    
`;
const wrong = right.replace("others: blocked", "othres: blocked");

const child = spawn(process.execPath, [server, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
const timer = setTimeout(() => fail(`no answer within ${TIMEOUT / 1000} s`), TIMEOUT);
const waiting = new Map();
const diagnostics = new Map();
let wake = () => {};
let next = 1;

function fail(message) {
  console.error(`yaml-language-server: ${message}`);
  child.kill();
  process.exit(1);
}

function check(condition, message, seen) {
  if (!condition) fail(`${message}\n${JSON.stringify(seen, null, 2)}`);
}

function send(message) {
  const body = JSON.stringify({ jsonrpc: "2.0", ...message });
  child.stdin.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

function request(method, params) {
  const id = next++;
  send({ id, method, params });
  return new Promise((answer) => waiting.set(id, answer));
}

const settings = {
  yaml: { validate: true, hover: true, completion: true, schemaStore: { enable: false, url: "" }, schemas: {} },
};

function receive(message) {
  if (message.method === "textDocument/publishDiagnostics") {
    diagnostics.set(message.params.uri, message.params.diagnostics);
    wake();
  } else if (message.method && message.id !== undefined) {
    // The server asks its editor for settings; everything else may be nothing.
    const sections = message.method === "workspace/configuration" ? message.params.items : null;
    send({ id: message.id, result: sections ? sections.map(({ section }) => settings[section] ?? null) : null });
  } else if (waiting.has(message.id)) {
    if (message.error) fail(message.error.message);
    waiting.get(message.id)(message.result);
    waiting.delete(message.id);
  }
}

let buffer = Buffer.alloc(0);
child.stdout.on("data", (chunk) => {
  buffer = Buffer.concat([buffer, chunk]);
  for (;;) {
    const end = buffer.indexOf("\r\n\r\n");
    if (end < 0) return;
    const length = Number(/Content-Length: (\d+)/i.exec(buffer.subarray(0, end).toString())?.[1]);
    if (buffer.length < end + 4 + length) return;
    const body = buffer.subarray(end + 4, end + 4 + length).toString();
    buffer = buffer.subarray(end + 4 + length);
    receive(JSON.parse(body));
  }
});
child.on("exit", (code) => code && fail(`ended with ${code}`));

async function diagnosticsOf(uri, until) {
  while (!(diagnostics.has(uri) && until(diagnostics.get(uri)))) await new Promise((done) => (wake = done));
  return diagnostics.get(uri);
}

function place(text, needle, offset = 0) {
  const before = text.slice(0, text.indexOf(needle) + offset).split("\n");
  return { line: before.length - 1, character: before.at(-1).length };
}

const root = pathToFileURL(resolve("target")).href;
const capabilities = {
  textDocument: {
    completion: { completionItem: { snippetSupport: true, documentationFormat: ["markdown", "plaintext"] } },
    hover: { contentFormat: ["markdown", "plaintext"] },
    publishDiagnostics: {},
  },
  workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true } },
};
await request("initialize", { processId: process.pid, rootUri: root, capabilities });
send({ method: "initialized", params: {} });
send({ method: "workspace/didChangeConfiguration", params: { settings } });

const open = (name, text) => {
  const uri = `${root}/${name}`;
  send({ method: "textDocument/didOpen", params: { textDocument: { uri, languageId: "yaml", version: 1, text } } });
  return uri;
};

const good = open("right.yaml", right);
const none = await diagnosticsOf(good, () => true);
check(none.length === 0, "a right file has diagnostics", none);

const inPool = { line: right.split("\n").length - 2, character: 4 };
const completion = await request("textDocument/completion", { textDocument: { uri: good }, position: inPool });
const labels = (completion.items ?? completion).map((item) => item.label);
for (const key of ["default_cap", "alerts", "overlap", "description"]) {
  check(labels.includes(key), `\`${key}\` is not offered inside a pool`, labels);
}
for (const key of ["access", "provider", "email"]) {
  check(!labels.includes(key), `\`${key}\` is offered inside a pool that has it, or cannot have it`, labels);
}

const hover = await request("textDocument/hover", { textDocument: { uri: good }, position: place(right, "others:", 2) });
const told = JSON.stringify(hover?.contents ?? "");
check(told.includes("whom no rule names"), "hovering over `others` tells nothing of it", hover);

const values = await request("textDocument/completion", {
  textDocument: { uri: good },
  position: place(right, "others: blocked", "others: ".length),
});
const words = (values.items ?? values).map((item) => item.label);
check(words.includes("blocked") && words.includes("unmanaged"), "the words of `others` are not offered", words);

const bad = open("wrong.yaml", wrong);
const found = await diagnosticsOf(bad, (list) => list.length > 0);
const line = place(wrong, "othres:").line;
check(
  found.some((item) => item.range.start.line === line && item.message.includes("othres")),
  "a wrong key has no diagnostic at its line",
  found,
);

clearTimeout(timer);
await request("shutdown", null);
send({ method: "exit" });
console.log(`yaml-language-server: ${labels.length} completions in a pool, a hover, and ${found.length} diagnostics of a wrong key`);
