import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** What the host measures of a function, in a registry of its own; `Registry.merge` of prom-client puts several together. */
export interface Metrics {
  readonly registry: Registry;
  request(method: string, route: string, status: number, seconds: number): void;
  /** Events of a kind that were handled, or refused. */
  events(kind: string, result: 'handled' | 'refused' | 'failed', count: number): void;
  error(code: string): void;
  coldStart(seconds: number): void;
}

/** Metrics with the label `function`. Durations in seconds. */
export function createMetrics(name: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ function: name });
  const registers = [registry];
  const requests = new Counter({ name: 'downline_requests_total', help: 'HTTP requests answered.', labelNames: ['method', 'route', 'status'], registers });
  const seconds = new Histogram({
    name: 'downline_request_seconds', help: 'Time to answer an HTTP request.', labelNames: ['route'], registers,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  });
  const events = new Counter({ name: 'downline_events_total', help: 'Events by kind and what became of them.', labelNames: ['kind', 'result'], registers });
  const errors = new Counter({ name: 'downline_errors_total', help: 'Errors answered, by code.', labelNames: ['code'], registers });
  const coldStart = new Gauge({ name: 'downline_cold_start_seconds', help: 'Time from the making of the host to its readiness.', registers });
  return {
    registry,
    request(method, route, status, duration) {
      requests.inc({ method, route, status: String(status) });
      seconds.observe({ route }, duration);
    },
    events: (kind, result, count) => events.inc({ kind, result }, count),
    error: (code) => errors.inc({ code }),
    coldStart: (duration) => coldStart.set(duration),
  };
}
