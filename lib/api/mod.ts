/** Bodies and answers of the HTTP interface that more than one part speaks: functions, pages, the command line. Instants are ISO 8601 on the wire. */
export * from './alerts.ts';
export * from './data.ts';
export * from './board.ts';
export * from './feedback.ts';
export * from './prediction.ts';
export * from './quality.ts';
export * from './rollout.ts';
export * from './runs.ts';
export * from './models.ts';
