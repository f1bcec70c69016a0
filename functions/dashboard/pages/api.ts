/** The answer of `path` as JSON; throws an `Error` whose message a user can act on. */
export async function get<T>(path: string): Promise<T> {
  return read<T>(await fetch(path, { headers: { accept: 'application/json' } }));
}

/** Posts JSON and returns the answer. */
export async function post<T>(path: string, body: unknown): Promise<T> {
  return read<T>(await fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }));
}

async function read<T>(answer: Response): Promise<T> {
  const body = (await answer.json().catch(() => ({}))) as { detail?: string; remedy?: string; code?: string };
  if (!answer.ok) throw new Error([body.code, body.detail ?? answer.statusText, body.remedy].filter(Boolean).join(' · '));
  return body as T;
}

/** An element with attributes and children; text is always text, never markup. */
export function h(name: string, attributes: Record<string, string | number | boolean | (() => void)> = {}, ...children: (Node | string | null)[]): HTMLElement {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key, value);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== false) element.setAttribute(key, String(value));
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** `14:05` of an ISO instant, UTC. */
export function clock(iso: string): string {
  return `${iso.slice(11, 16)}Z`;
}

/** `+35` minutes late, `-4` early. */
export function signed(minutes: number): string {
  const rounded = Math.round(minutes);
  return rounded > 0 ? `+${rounded}` : String(rounded);
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}\u00a0%`;
}

/** The first characters of a digest, enough to compare by eye. */
export function short(digest: string | null): string {
  if (digest === null) return '–';
  return digest.replace(/^sha256:/, '').slice(0, 12);
}

/** A table from a heading and rows; a cell that is a number is set right. */
export function table(heads: string[], rows: (Node | string | number)[][]): HTMLElement {
  const numeric = (column: number): boolean => rows.some((row) => typeof row[column] === 'number');
  const text = (cell: Node | string | number): Node | string => (typeof cell === 'number' ? (Number.isInteger(cell) ? String(cell) : cell.toFixed(3)) : cell);
  return h('div', { class: 'scroll' }, h('table', {},
    h('thead', {}, h('tr', {}, ...heads.map((head, column) => h('th', { class: numeric(column) ? 'number' : '' }, head)))),
    h('tbody', {}, ...rows.map((row) => h('tr', {}, ...row.map((cell) => h('td', { class: typeof cell === 'number' ? 'number' : '' }, text(cell)))))),
  ));
}

/** Big figures in a row. */
export function figures(...items: [string, string][]): HTMLElement {
  return h('div', { class: 'figures' }, ...items.map(([value, label]) => h('div', {}, h('b', {}, value), h('span', {}, label))));
}
