/** One of the functions' own documents, and whose it is. */
export interface Part<T> { readonly labels: Readonly<Record<string, string>>; readonly content: T }

/** Of an OpenAPI document, what is merged. */
export interface OpenApi { readonly paths?: object; readonly components?: object }

type Components = Record<string, Record<string, unknown>>;

/**
 * The functions' OpenAPI documents as one. Components of one name must be one
 * thing; where two functions differ, the later one's is renamed with its function.
 */
export function mergeOpenApi(parts: readonly Part<OpenApi>[], info: { title: string; version: string; description: string }): Record<string, unknown> {
  const paths: Record<string, unknown> = {};
  const components: Components = {};
  for (const { labels, content } of parts) {
    let text = JSON.stringify({ paths: content.paths ?? {}, components: content.components ?? {} });
    const before = (content.components ?? {}) as Components;
    for (const [kind, entries] of Object.entries(before)) {
      for (const [name, entry] of Object.entries(entries)) {
        const other = components[kind]?.[name];
        if (other === undefined || JSON.stringify(other) === JSON.stringify(entry)) continue;
        text = text.replaceAll(`"#/components/${kind}/${name}"`, `"#/components/${kind}/${labels.function ?? ''}.${name}"`);
      }
    }
    const renamed = JSON.parse(text) as { paths: Record<string, object>; components: Components };
    for (const [kind, entries] of Object.entries(renamed.components)) {
      const target = components[kind] ??= {};
      for (const [name, entry] of Object.entries(entries)) {
        const original = before[kind]?.[name];
        const clash = target[name] !== undefined && JSON.stringify(target[name]) !== JSON.stringify(original);
        target[clash ? `${labels.function ?? ''}.${name}` : name] = entry;
      }
    }
    for (const [path, operations] of Object.entries(renamed.paths)) paths[path] = { ...(paths[path] as object | undefined), ...operations };
  }
  return { openapi: '3.1.0', info, servers: [{ url: '/' }], paths, components };
}

/** Prometheus texts as one: samples get their labels (own labels win), each family's HELP and TYPE come once. */
export function mergeMetrics(parts: readonly Part<string>[]): string {
  const families = new Map<string, { head: string[]; samples: string[] }>();
  for (const { labels, content } of parts) {
    let family: { head: string[]; samples: string[] } | undefined;
    for (const line of content.split('\n')) {
      const head = /^# (?:HELP|TYPE) (\S+)/.exec(line);
      if (head !== null) {
        family = families.get(head[1]!) ?? { head: [], samples: [] };
        families.set(head[1]!, family);
        if (!family.head.includes(line) && !family.head.some((one) => one.startsWith(line.slice(0, line.indexOf(' ', 7))))) family.head.push(line);
      } else if (line !== '' && !line.startsWith('#')) {
        family ??= families.set('', { head: [], samples: [] }).get('')!;
        family.samples.push(labelled(line, labels));
      }
    }
  }
  return [...families.values()].filter(({ samples }) => samples.length > 0).map(({ head, samples }) => [...head, ...samples].join('\n')).join('\n') + '\n';
}

function labelled(sample: string, labels: Readonly<Record<string, string>>): string {
  const [, name = '', own = '', value = ''] = /^([^\s{]+)(?:\{(.*)\})?\s+(.+)$/.exec(sample) ?? [];
  if (name === '') return sample;
  const added = Object.entries(labels).filter(([label]) => !new RegExp(`(^|,)${label}=`).test(own)).map(([label, text]) => `${label}="${text.replace(/[\\"\n]/g, '_')}"`);
  const all = [own, ...added].filter((one) => one !== '').join(',');
  return `${name}${all === '' ? '' : `{${all}}`} ${value}`;
}
