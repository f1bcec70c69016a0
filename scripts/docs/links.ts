import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Markdown files of the repository, from its root. */
export function markdownFiles(root: string): string[] {
  const skip = new Set(['node_modules', '.git', '.downline', '.venv']);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.split('/').some((part) => skip.has(part)))
    .sort();
}

/** Relative links of a page that lead nowhere, as `file: target`. An anchor must be a heading of its page. */
export function brokenLinks(root: string, file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/```[\s\S]*?```/g, '');
  const broken: string[] = [];
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (target === undefined || /^[a-z]+:/.test(target)) continue;
    const [path, anchor] = target.split('#');
    const page = path === '' || path === undefined ? join(root, file) : resolve(root, dirname(file), path);
    if (!existsSync(page)) broken.push(`${file}: ${target}`);
    else if (anchor !== undefined && page.endsWith('.md') && !headingsOf(page).has(anchor)) broken.push(`${file}: ${target} (no such heading)`);
  }
  return broken;
}

function headingsOf(page: string): Set<string> {
  const slugs = [...readFileSync(page, 'utf8').matchAll(/^#+\s+(.+)$/gm)].map(([, heading]) =>
    heading!.toLowerCase().replace(/[^\w\s-]/g, '').trim().replace(/\s+/g, '-'));
  return new Set(slugs);
}
