export { createHttpClient, type HttpAnswer, type HttpClient, type HttpRequest } from './http-client.ts';
