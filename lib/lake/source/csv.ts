import { parse } from 'csv-parse/sync';
import { DownlineError } from '../../errors/mod.ts';

/** One line of a CSV file: its number (the header is 1), and its cells or what is wrong with it. */
export type Line =
  | { readonly number: number; readonly text: string; readonly cells: readonly string[]; readonly defect: null }
  | { readonly number: number; readonly text: string; readonly cells: null; readonly defect: string };

/** Longest line that is looked at; of a longer one the beginning is kept. */
const LONGEST = 16_384;

/**
 * The lines of a CSV file (UTF-8) below its header. A record of these sources
 * is a line, and is read as one: an open quote or a missing comma costs one
 * line, not the rest of the file. Throws `DATASET_INVALID` when the header is
 * another one.
 */
export async function* readCsv(pieces: AsyncIterable<Uint8Array>, header: readonly string[], about: string): AsyncGenerator<Line> {
  let number = 0;
  for await (const text of splitLines(pieces)) {
    number += 1;
    if (number === 1) {
      const columns = cellsOf(text.replace(/^\uFEFF/, ''));
      if (columns === null || columns.join() !== header.join()) throw new DownlineError('DATASET_INVALID', `${about}: its columns are ${JSON.stringify(text.slice(0, 200))}, want ${header.join()}`);
      continue;
    }
    if (text === '') continue;
    yield lineOf(number, text, header.length);
  }
  if (number === 0) throw new DownlineError('DATASET_INVALID', `${about} is empty`);
}

function lineOf(number: number, text: string, columns: number): Line {
  const bad = (defect: string): Line => ({ number, text, cells: null, defect });
  if (text.length > LONGEST) return { ...bad('longer than a line can be'), text: text.slice(0, 1000) };
  if (text.includes('\uFFFD') || text.includes('\0')) return bad('not UTF-8 text');
  const cells = cellsOf(text);
  if (cells === null) return bad('its quotes do not close');
  return cells.length === columns ? { number, text, cells, defect: null } : bad(`${cells.length} cells, want ${columns}`);
}

/** The cells of a line. Most have no quotes, and need no parser. */
function cellsOf(text: string): string[] | null {
  if (!text.includes('"')) return text.split(',');
  try {
    return parse(text, { relax_column_count: true })[0] ?? null;
  } catch {
    return null;
  }
}

/** Lines without their ends; of one that is far too long only the beginning, so that memory stays bounded. */
async function* splitLines(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
    rest = (lines.pop() ?? '').slice(0, 2 * LONGEST);
    for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line;
  }
  rest += decoder.decode();
  if (rest !== '') yield rest.endsWith('\r') ? rest.slice(0, -1) : rest;
}
