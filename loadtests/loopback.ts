import { DownlineError } from '../lib/errors/mod.ts';

/** An address on this machine. Load on somebody else's server is an attack, so anything else throws `BAD_REQUEST`. */
export function loopback(address: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch (error) {
    throw new DownlineError('BAD_REQUEST', `${JSON.stringify(address.slice(0, 200))} is not an address`, { cause: error });
  }
  const local = url.hostname === 'localhost' || url.hostname === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(url.hostname);
  if (url.protocol !== 'http:' || !local) throw new DownlineError('BAD_REQUEST', `artificial load goes to http on loopback only, not to ${url.origin}`);
  return url;
}
