// Numbers and instants as people read them; what is not known is a dash, never a 0.

export const UNKNOWN = "–";

export function whole(value) {
  return value === null || value === undefined ? UNKNOWN : value.toLocaleString("en");
}

export function decimal(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return value.toLocaleString("en", { maximumFractionDigits: 1 });
}

export function percent(fraction) {
  if (fraction === null || fraction === undefined) return UNKNOWN;
  if (fraction > 0 && fraction < 0.01) return "< 1 %";
  return `${Math.round(fraction * 100)} %`;
}

// Who came in while nobody watched is not counted, so in minus out is not who is inside then.
const MOSTLY_SEEN = 0.9;

export function insideLabel(today) {
  return today && today.coverage < MOSTLY_SEEN ? "in minus out" : "inside";
}

export function duration(ms) {
  if (ms === null || ms === undefined) return UNKNOWN;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}:${String(seconds % 60).padStart(2, "0")} min`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")} h`;
}

// Formatters are slow to make and few: one per style and time zone.
const formatters = new Map();

function formatted(atMs, zone, name, options) {
  const key = `${name} ${zone}`;
  if (!formatters.has(key)) {
    formatters.set(key, new Intl.DateTimeFormat("en-GB", { timeZone: zone, ...options }));
  }
  return formatters.get(key).format(atMs);
}

export function clock(atMs, zone) {
  if (atMs === null || atMs === undefined) return UNKNOWN;
  return formatted(atMs, zone, "clock", {
    day: "numeric", month: "short", year: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
}

export function second(atMs, zone) {
  return formatted(atMs, zone, "second", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

export function hour(atMs, zone) {
  return formatted(atMs, zone, "hour", { hour: "2-digit", minute: "2-digit" });
}

export function day(atMs, zone) {
  return formatted(atMs, zone, "day", { day: "numeric", month: "short" });
}
