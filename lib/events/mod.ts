export * from './time.ts';
export * from './operations.ts';
export * from './rotation.ts';
export * from './prediction.ts';
export * from './outcome.ts';
export * from './control.ts';
export * from './catalogue.ts';
export * from './envelope.ts';
