export { bundleManifest, type BundleManifest } from './manifest.ts';
