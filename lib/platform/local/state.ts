import { join } from 'node:path';
import { z } from 'zod';
import { readState, writeAtomic } from '../../embedded/mod.ts';
import type { RevisionSpec, TrafficTarget } from '../platform.ts';

const platformState = z.object({
  revisions: z.array(z.object({ name: z.string(), environment: z.enum(['production', 'staging']), bundle: z.string() })),
  traffic: z.array(z.object({ revision: z.string(), percent: z.number(), tag: z.enum(['production', 'canary', 'previous']).optional() })),
});

/** What the local platform is to look like, kept in `<home>/platform.json`. */
export interface PlatformState { readonly revisions: readonly RevisionSpec[]; readonly traffic: readonly TrafficTarget[] }

export function loadPlatform(home: string): PlatformState {
  return readState(join(home, 'platform.json'), platformState) ?? { revisions: [], traffic: [] };
}

export function savePlatform(home: string, state: PlatformState): void {
  writeAtomic(join(home, 'platform.json'), JSON.stringify(state, null, 2));
}
