import { mkdirSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

/** Headless Chromium from `CHROMIUM`; null where there is none. Root needs `--no-sandbox`; the rest keeps it from calling home. */
export async function openBrowser(): Promise<Browser | null> {
  const executablePath = process.env.CHROMIUM;
  if (executablePath === undefined) return null;
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] });
}

/** A page that remembers what went wrong on it: script errors, failed requests, requests to elsewhere. */
export async function openPage(browser: Browser, address: string, size: { width: number; height: number }): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage({ viewport: size });
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') problems.push(message.text()); });
  page.on('request', (request) => { if (!request.url().startsWith(address) && !request.url().startsWith('data:')) problems.push(`asked ${request.url()}`); });
  await page.goto(address);
  return { page, problems };
}

/** Keeps a screenshot under the folder. */
export async function shoot(page: Page, folder: string, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: `${folder}/${name}.png` });
}
