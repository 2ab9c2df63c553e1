// Questions to the API, and the live feed. The token stays in this tab.

const TOKEN = "footfall-token";

export class ApiProblem extends Error {
  constructor(status, problem) {
    super(`${problem.field}: expected ${problem.expected}, got ${problem.got}`);
    this.status = status;
  }
}

export function keepToken(token) {
  sessionStorage.setItem(TOKEN, token);
}

function headers() {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { authorization: `Bearer ${token}` } : {};
}

export async function ask(path, parameters = {}, signal = undefined) {
  const known = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(known).toString();
  const response = await fetch(`/v1${path}${query ? `?${query}` : ""}`, { headers: headers(), signal });
  if (response.ok) return response.json();
  throw new ApiProblem(response.status, await problemOf(response));
}

async function problemOf(response) {
  try {
    return (await response.json()).error;
  } catch {
    return { field: "API", expected: "an answer", got: `status ${response.status}` };
  }
}

// EventSource cannot send a token, so the stream is read by hand; it comes back by itself.
export async function watch(site, onRecord, signal) {
  while (!signal.aborted) {
    try {
      const response = await fetch(`/v1/sites/${site}/live`, { headers: headers(), signal });
      if (response.ok) await readEvents(response.body, onRecord);
    } catch {
      // The connection broke; a signal ends the loop.
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}

async function readEvents(body, onRecord) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    pending += value;
    const events = pending.split("\n\n");
    pending = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data) onRecord(JSON.parse(data.slice(6)));
    }
  }
}
