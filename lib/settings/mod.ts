export { INTERNAL_VARIABLES, PRESETS, readSettings, SETTINGS, spanOf, type Preset, type Settings } from './settings.ts';
