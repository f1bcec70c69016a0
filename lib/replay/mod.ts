export { currentMinute, currentReplay } from './current.ts';
