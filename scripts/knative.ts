/** Writes `knative/` from `stack.yml` (`npm run knative`). A test fails when it is stale. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readInventory } from '../lib/platform/inventory.ts';
import { renderKnative } from '../lib/platform/knative/render.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = `${root}knative/`;
const files = renderKnative(readInventory(`${root}stack.yml`));
mkdirSync(folder, { recursive: true });
for (const file of readdirSync(folder)) if (!(file in files)) rmSync(folder + file);
for (const [file, text] of Object.entries(files)) writeFileSync(folder + file, text);
console.log(`${Object.keys(files).length} files in knative/`);
