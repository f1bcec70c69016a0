import { describe, expect, it } from 'vitest';
import { readSettings, SETTINGS, spanOf } from './mod.ts';

describe('settings', () => {
  it('have defaults for everything that is not an address or a secret', () => {
    expect(readSettings({})).toMatchObject({ port: 8080, preset: 'demo', speed: 4320, clockWaits: true });
  });

  it.each([
    ['DOWNLINE_PORT', 'eighty'],
    ['DOWNLINE_PORT', '70000'],
    ['DOWNLINE_PRESET', 'huge'],
    ['DOWNLINE_SPEED', '-1'],
    ['DOWNLINE_FROM', '10 June'],
    ['DOWNLINE_DISORDER', '2'],
    ['DOWNLINE_CLOCK_WAITS', 'maybe'],
    ['DOWNLINE_S3', 'not a url'],
  ])('%s=%s is refused by name, with what it got', (name, value) => {
    expect(() => readSettings({ [name]: value })).toThrow(new RegExp(`${name} is ${JSON.stringify(value)}`));
  });

  it('an unknown variable is refused: it is most often misspelt', () => {
    expect(() => readSettings({ DOWNLINE_PROT: '1' })).toThrow(/DOWNLINE_PROT is not a setting/);
  });

  it('an empty variable counts as absent', () => {
    expect(readSettings({ DOWNLINE_PORT: '' }).port).toBe(SETTINGS.port.schema.parse(undefined));
  });

  it('a span must run forward', () => {
    expect(() => spanOf(readSettings({ DOWNLINE_FROM: '2013-07-01', DOWNLINE_TO: '2013-06-01' }))).toThrow(/span/);
    expect(spanOf(readSettings({ DOWNLINE_FROM: '2013-06-12' })).from).toBe('2013-06-12');
  });
});
