/** Reads Prometheus' text format: https://prometheus.io/docs/instrumenting/exposition_formats/. */

/** The values by name and labels as they are written: `name{label="value"}`. */
export function parseMetrics(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const match = /^([a-z_]+(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)*\})?) (\S+)$/i.exec(line);
    if (match === null) throw new Error(`No metric: ${line}`);
    const [, series, value] = match;
    if (values.has(series!)) throw new Error(`Twice: ${series}`);
    values.set(series!, Number(value));
  }
  return values;
}
