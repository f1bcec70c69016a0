import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readInventory } from '../inventory.ts';
import { renderKnative } from './render.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const rendered = renderKnative(readInventory(`${root}stack.yml`));

it('knative/ is what stack.yml says; `npm run knative` makes it fresh', () => {
  const committed = Object.fromEntries(readdirSync(`${root}knative`).map((file) => [file, readFileSync(`${root}knative/${file}`, 'utf8')]));
  expect(committed).toEqual(rendered);
});

it('autoscaling stands on the revision template, never on the Service', () => {
  for (const text of Object.values(rendered)) {
    const manifest = parse(text) as { kind: string; metadata?: { annotations?: object }; spec?: { template: { metadata: { annotations: object } } } };
    if (manifest.kind !== 'Service') continue;
    expect(manifest.metadata?.annotations).toBeUndefined();
    expect(Object.keys(manifest.spec!.template.metadata.annotations)).toContain('autoscaling.knative.dev/max-scale');
  }
});
