import type { Command } from 'commander';
import { holderOf } from '../lib/embedded/mod.ts';
import { readSettings, type Settings } from '../lib/settings/mod.ts';

/** What every command can be told. */
export interface Options {
  readonly settings: Settings;
  /** Answers for machines. */
  readonly json: boolean;
  /** Where the HTTP interface is: of the `up` that lives in the home, else as the settings say. */
  readonly address: string;
}

/**
 * The settings of a command: environment variables, then its flags over them.
 * `flags` maps further flags of the command to variables. Throws `SETTING_INVALID`.
 */
export function optionsOf(command: Command, flags: Readonly<Record<string, string>> = {}): Options {
  const given = command.optsWithGlobals<Record<string, string | number | boolean | undefined>>();
  const env: Record<string, string | undefined> = { ...process.env };
  for (const [flag, variable] of Object.entries({ home: 'DOWNLINE_HOME', port: 'DOWNLINE_PORT', ...flags })) {
    const value = given[flag];
    if (value !== undefined) env[variable] = String(value);
  }
  const settings = readSettings(env);
  const host = settings.host === '0.0.0.0' || settings.host === '::' ? '127.0.0.1' : settings.host;
  const named = given.port !== undefined || process.env.DOWNLINE_PORT !== undefined;
  const address = (named ? undefined : holderOf(settings.home)?.address) ?? `http://${host.includes(':') ? `[${host}]` : host}:${settings.port}`;
  return { settings, json: given.json === true, address };
}
