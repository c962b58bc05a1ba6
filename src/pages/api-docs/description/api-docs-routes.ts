import { ApiDocsController } from '../api-docs.controller.js';
import { type DescribedRoutes, describeRoutes, page } from './descriptions.js';

const DOCUMENT = {
  description: 'The document.',
  content: { 'application/json': { schema: { type: 'object' } } },
};

const ROUTES: DescribedRoutes<ApiDocsController> = {
  page: page('The documentation of the API, for people'),
  openApi: { summary: 'This document', answers: { 200: DOCUMENT } },
  asyncApi: { summary: 'The AsyncAPI document of the WebSockets', answers: { 200: DOCUMENT } },
};

export const describeApiDocsRoutes = (): void =>
  describeRoutes(ApiDocsController, 'Pages and documents', ROUTES);
