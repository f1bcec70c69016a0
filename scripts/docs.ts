/**
 * Writes the generated pages under `docs/` (`npm run docs`), or checks that
 * they are fresh and that every link resolves (`npm run docs:check`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { brokenLinks, markdownFiles } from './docs/links.ts';
import { generatedPages } from './docs/pages.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const check = process.argv.includes('--check');
const problems: string[] = [];

for (const [file, text] of Object.entries(generatedPages())) {
  const path = `${root}docs/${file}`;
  if (!check) writeFileSync(path, text);
  else if (read(path) !== text) problems.push(`docs/${file} is stale: run \`npm run docs\``);
}
if (check) problems.push(...markdownFiles(root).flatMap((file) => brokenLinks(root, file)));
for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? 'docs are fresh' : `${problems.length} problems`);
process.exitCode = problems.length === 0 ? 0 : 1;

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
