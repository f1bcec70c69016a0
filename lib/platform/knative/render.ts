import { stringify } from 'yaml';
import type { FunctionEntry, Inventory } from '../inventory.ts';

const NOTICE = '# Generated from stack.yml by `npm run knative`; do not edit.\n';

/**
 * The inventory as Knative manifests: file under `knative/` → its text. One
 * Service a function, and a kustomization that names them all. Jobs (dataset,
 * evaluate) have a Service too: it answers their routes; the work itself is a
 * Kubernetes Job made by the platform.
 */
export function renderKnative(inventory: Inventory): Record<string, string> {
  const files = Object.fromEntries(inventory.functions.map((entry) => [`${entry.name}.yml`, NOTICE + stringify(service(entry))]));
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'downline-production',
    resources: Object.keys(files),
  };
  return { ...files, 'kustomization.yml': NOTICE + stringify(kustomization) };
}

function service(entry: FunctionEntry): unknown {
  return {
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    metadata: { name: entry.name, labels: { 'app.kubernetes.io/part-of': 'downline', 'app.kubernetes.io/name': entry.name } },
    spec: {
      template: {
        metadata: {
          labels: { 'app.kubernetes.io/part-of': 'downline', 'app.kubernetes.io/name': entry.name },
          // On the template: the webhook refuses autoscaling annotations on the Service itself.
          annotations: {
            'autoscaling.knative.dev/min-scale': String(entry.scale.min),
            'autoscaling.knative.dev/max-scale': String(entry.scale.max),
          },
        },
        spec: {
          // A function that may run once only handles one batch at a time: order is its meaning.
          containerConcurrency: entry.scale.max === 1 ? 1 : 0,
          timeoutSeconds: 300,
          containers: [{
            image: entry.image,
            ports: [{ name: 'http1', containerPort: 8080 }],
            envFrom: [{ configMapRef: { name: 'downline' } }, { secretRef: { name: 'downline' } }],
            readinessProbe: { httpGet: { path: '/health/readiness' }, periodSeconds: 1 },
            livenessProbe: { httpGet: { path: '/health/liveness' }, periodSeconds: 10 },
            securityContext: {
              runAsNonRoot: true,
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ['ALL'] },
              seccompProfile: { type: 'RuntimeDefault' },
            },
          }],
        },
      },
    },
  };
}
