#!/usr/bin/env node
// The one way in, from a bare clone: plain JavaScript for Node >= 20, no dependency.
//   npm start [-- flags]     = node scripts/start.mjs start [flags]   installs what is missing, then `downline up`
//   npm test [-- arguments]  = node scripts/start.mjs test            installs everything, then all tests
//   npx downline …           = node scripts/start.mjs …               any command, without installing
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, resolve as absolute } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = join(root, 'node_modules', '.bin');
const node = join(bin, 'node');
const began = Date.now();

const [mode = 'help', ...rest] = process.argv.slice(2);
process.exitCode = await main(mode, rest);

async function main(mode, rest) {
  if (mode === 'start') {
    checkNode();
    checkPython();
    await install(false);
    return cli(['up', ...rest]);
  }
  if (mode === 'test') {
    checkNode();
    checkPython();
    await install(true);
    return test(rest);
  }
  if (!existsSync(node)) fail('PREREQUISITE_MISSING', 'nothing is installed here yet', `run \`npm start\` in ${root}, which installs and starts it`);
  return cli(mode === 'help' ? ['--help'] : [mode, ...rest]);
}

/** Runs the command line with the Node of the lock file, wherever the caller stands. */
function cli(args) {
  return run(node, ['--disable-warning=ExperimentalWarning', join(root, 'cli', 'main.ts'), ...args], { cwd: process.cwd() });
}

function checkNode() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) fail('PREREQUISITE_MISSING', `Node 20 or newer is needed, this is ${process.versions.node}`, 'get it from nodejs.org or your package manager');
  if (process.platform === 'win32') fail('PREREQUISITE_MISSING', 'Windows is not supported by the embedded servers', 'use WSL 2');
}

function checkPython() {
  const seen = [];
  for (const command of ['python3', 'python']) {
    const probe = spawnSync(command, ['-c', 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])'], { encoding: 'utf8' });
    const [major, minor] = (probe.stdout ?? '').trim().split('.').map(Number);
    if (probe.status === 0 && major === 3 && minor >= 10) return;
    seen.push(probe.error ? `no ${command}` : probe.status === 0 ? `${command} is ${probe.stdout.trim()}` : `${command} has no venv`);
  }
  fail('PREREQUISITE_MISSING', `Python 3.10 or newer with venv is needed (${seen.join(', ')})`, 'on Debian and Ubuntu `apt-get install python3 python3-venv`, on macOS `brew install python`');
}

/** Brings node_modules to what the lock file says; a stamp of its hash tells whether it is. */
async function install(development) {
  const stamp = join(root, 'node_modules', '.downline-stamp');
  const wanted = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex');
  const [hash, extent] = existsSync(stamp) ? readFileSync(stamp, 'utf8').trim().split(' ') : [];
  if (hash === wanted && (extent === 'all' || !development) && existsSync(node)) return;
  say(development ? 'installing the Node packages, tests included' : 'installing the Node packages');
  const npm = process.env.npm_execpath ? [process.execPath, process.env.npm_execpath] : ['npm'];
  const args = [...npm.slice(1), 'ci', '--no-audit', '--no-fund', '--loglevel=error', ...(development ? ['--include=dev'] : ['--omit=dev'])];
  // onnxruntime-node would download CUDA libraries; its CPU library is in the package.
  const code = await run(npm[0], args, { cwd: root, env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip', NODE_ENV: '' }, stdio: ['ignore', 2, 2] });
  if (code !== 0) fail('UNAVAILABLE', `\`npm ci\` left with ${code}`, 'its messages are above; is the package registry reachable?');
  link();
  writeFileSync(stamp, `${wanted} ${development ? 'all' : 'production'}\n`);
  say('Node packages are installed');
}

/** `npx downline` finds what is in node_modules/.bin; npm does not put a package's own commands there. */
function link() {
  const target = join(bin, 'downline');
  mkdirSync(bin, { recursive: true });
  if (lstatSync(target, { throwIfNoEntry: false })) rmSync(target);
  symlinkSync(join('..', '..', 'scripts', 'start.mjs'), target);
}

async function test(args) {
  const home = absolute(root, process.env.DOWNLINE_HOME ?? '.downline');
  const results = join(home, 'results');
  mkdirSync(results, { recursive: true });
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env.PATH ?? ''}` };
  // Arguments choose tests of vitest; those in Python are then left out.
  const everything = args.length === 0;
  const environments = await run(node, [join(root, 'scripts', 'environments.ts'), 'serve', 'train'], { cwd: root, env });
  if (environments !== 0) return environments;
  const chromium = findChromium();
  if (chromium === null) say('no Chromium here: the browser tests are skipped (Debian: `apt-get install chromium`)');
  else env.CHROMIUM = chromium;

  const report = join(results, 'vitest.json');
  rmSync(report, { force: true });
  let code = await run(node, [join(root, 'node_modules', 'vitest', 'vitest.mjs'), 'run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args], { cwd: root, env });
  let [passed, failed] = vitestCounts(report);
  if (everything) {
    const python = await pytest(join(home, 'env', 'train', 'bin', 'python'), results, env);
    passed += python.passed;
    failed += python.failed;
    code ||= python.code;
  }
  // A suite that could not even be counted has failed.
  if (code !== 0 && failed === 0) failed = 1;
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : code;
}

async function pytest(python, results, env) {
  const report = join(results, 'pytest.xml');
  rmSync(report, { force: true });
  const code = await run(python, ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', `--junit-xml=${report}`], { cwd: join(root, 'training-jobs'), env });
  const text = existsSync(report) ? readFileSync(report, 'utf8') : '';
  const count = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return { code, failed, passed: count('tests') - failed - count('skipped') };
}

/** Passed and failed tests; a file that could not be collected counts as one that failed. */
function vitestCounts(report) {
  if (!existsSync(report)) return [0, 1];
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.every((one) => one.status !== 'failed')).length;
  return [numPassedTests, numFailedTests + broken];
}

function findChromium() {
  const candidates = [process.env.CHROMIUM, ...(process.env.PATH ?? '').split(delimiter).flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))];
  return candidates.find((file) => file && existsSync(file)) ?? null;
}

/** Runs a program to its end; signals are handed on; the exit code is its own. */
function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: 'inherit', ...options });
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    const hand = (signal) => {
      // A terminal has sent SIGINT to the child already: it leads the same foreground group.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of signals) process.on(signal, hand);
    const done = (code) => {
      for (const signal of signals) process.off(signal, hand);
      resolve(code);
    };
    child.once('error', (error) => {
      console.error(`${command}: ${error.message}`);
      done(1);
    });
    child.once('exit', (code, signal) => done(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function say(text) {
  console.error(`[${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s] ${text}`);
}

function fail(code, message, remedy) {
  console.error(`${code}: ${message}\n  ${remedy}`);
  process.exit(1);
}
