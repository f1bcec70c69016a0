/** One line of a chart; null leaves a gap. */
export interface Series {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly (number | null)[];
}

const WIDTH = 560;
const HEIGHT = 190;
const LEFT = 44;
const RIGHT = 24;
const BOTTOM = 22;
const TOP = 20;

/** A line chart as SVG: labels along x, one y axis, an optional limit drawn across. */
export function lineChart(labels: readonly string[], series: readonly Series[], options: { limit?: number; format?: (value: number) => string } = {}): SVGElement {
  const format = options.format ?? ((value: number) => String(Math.round(value * 100) / 100));
  const known = series.flatMap((one) => one.values).filter((value): value is number => value !== null && Number.isFinite(value));
  if (options.limit !== undefined) known.push(options.limit);
  const low = Math.min(0, ...known);
  const high = Math.max(low + 1e-9, ...known) * 1.05;
  const x = (index: number): number => LEFT + (labels.length < 2 ? 0.5 : index / (labels.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => TOP + (1 - (value - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);

  const chart = svg('svg', { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': series.map((one) => one.name).join(', ') });
  for (const share of [0, 0.5, 1]) {
    const value = low + share * (high - low);
    chart.append(svg('line', { class: 'axis', x1: LEFT, x2: WIDTH - RIGHT, y1: y(value), y2: y(value) }), svg('text', { x: LEFT - 6, y: y(value) + 4, 'text-anchor': 'end' }, format(value)));
  }
  const step = Math.max(1, Math.ceil(labels.length / 7));
  labels.forEach((label, index) => {
    if (index % step === 0) chart.append(svg('text', { x: x(index), y: HEIGHT - 6, 'text-anchor': 'middle' }, label));
  });
  if (options.limit !== undefined) chart.append(svg('line', { class: 'limit', x1: LEFT, x2: WIDTH - RIGHT, y1: y(options.limit), y2: y(options.limit) }));
  series.forEach((one, place) => {
    const path = one.values.map((value, index) => (value === null ? '' : `${index === 0 || one.values[index - 1] === null ? 'M' : 'L'}${x(index).toFixed(1)} ${y(value).toFixed(1)}`)).join(' ');
    chart.append(svg('path', { class: 'series', d: path, stroke: one.colour }));
    one.values.forEach((value, index) => {
      if (value !== null) chart.append(svg('circle', { cx: x(index), cy: y(value), r: 2.5, fill: one.colour }));
    });
    chart.append(svg('text', { x: LEFT + 4 + place * 150, y: 12, style: `fill:${one.colour}` }, `● ${one.name}`));
  });
  return chart;
}

function svg(name: string, attributes: Record<string, string | number>, text?: string): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}
