import type { LocalPlatform } from './local-platform.ts';
import { mergeMetrics, mergeOpenApi, type Part } from './documents.ts';
import { Gateway, hosted } from './gateway.ts';

/** The gateway before a platform's functions; call after `load`. */
export function gatewayOf(platform: LocalPlatform, host: string, version: string): Gateway {
  const { revisioned } = platform;
  const routes = platform.hosted.flatMap(({ entry, host: function_ }) => {
    const listener = hosted((request) => function_.fetch(request));
    return entry.routes.map((prefix) => ({ prefix, listener }));
  });
  const proxied = (revisioned?.entry.routes ?? []).map((prefix) => ({ prefix, listener: revisioned!.proxy.handle.bind(revisioned!.proxy) }));
  return new Gateway({
    routes: [...routes, ...proxied],
    health: () => platform.missing(),
    metrics: () => metricsOf(platform),
    openapi: () => Promise.resolve(mergeOpenApi(
      [...platform.hosted.map(({ entry, host: function_ }) => ({ labels: { function: entry.name }, content: function_.openapi() })), ...(revisioned === null ? [] : [{ labels: { function: revisioned.entry.name }, content: revisioned.document.openapi() }])],
      { title: 'Downline', version, description: 'Delay of every later leg of an aircraft\'s day, as distributions. Errors are problem+json (RFC 9457) with a stable `code`.' },
    )),
  }, host);
}

async function metricsOf(platform: LocalPlatform): Promise<string> {
  const { revisions } = await platform.observe();
  const own = platform.hosted.map(async ({ entry, host }): Promise<Part<string>> => ({ labels: { function: entry.name }, content: await host.registry.metrics() }));
  const children = revisions.filter(({ ready }) => ready).map(async ({ name, url }): Promise<Part<string>> => {
    const labels = { function: platform.revisioned!.entry.name, revision: name };
    try {
      const answer = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2_000) });
      return { labels, content: answer.ok ? await answer.text() : '' };
    } catch {
      // It is just going; its restarts are counted below.
      return { labels, content: '' };
    }
  });
  const state = [
    '# HELP downline_revision_requests_total Requests and batches of events answered by a revision.', '# TYPE downline_revision_requests_total counter',
    ...revisions.map(({ name, requests }) => `downline_revision_requests_total{revision="${name}"} ${requests}`),
    '# HELP downline_revision_errors_total Of these, answered with 5xx.', '# TYPE downline_revision_errors_total counter',
    ...revisions.map(({ name, errors }) => `downline_revision_errors_total{revision="${name}"} ${errors}`),
    '# HELP downline_revision_restarts_total Times a revision died and was started again.', '# TYPE downline_revision_restarts_total counter',
    ...revisions.map(({ name, restarts }) => `downline_revision_restarts_total{revision="${name}"} ${restarts}`),
    '# HELP downline_revision_ready Whether a revision answers.', '# TYPE downline_revision_ready gauge',
    ...revisions.map(({ name, ready }) => `downline_revision_ready{revision="${name}"} ${ready ? 1 : 0}`),
  ].join('\n');
  return mergeMetrics([...await Promise.all([...own, ...children]), { labels: {}, content: state }]);
}
