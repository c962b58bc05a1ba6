import '../shared/theme.css';
import 'swagger-ui-dist/swagger-ui.css';
import './style.css';
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import { element } from '../shared/element.js';
import { authorization, BASE, json } from '../shared/service.js';
import { signIn } from '../shared/sign-in.js';
import type { AsyncApi } from './asyncapi.js';
import { webSockets } from './websockets.js';

await signIn('openapi.json');

const [openApi, asyncApi] = await Promise.all([
  json<object>('openapi.json'),
  json<AsyncApi>('asyncapi.json'),
]);
const routes = element('div');
document.body.append(routes, webSockets(asyncApi));

const dark = matchMedia('(prefers-color-scheme: dark)');
const followScheme = (): void => {
  document.documentElement.classList.toggle('dark-mode', dark.matches);
};
dark.addEventListener('change', followScheme);
followScheme();

SwaggerUI({
  domNode: routes,
  spec: { ...openApi, servers: [{ url: BASE }], security: [] },
  validatorUrl: null,
  // Its colours are too pale, and cannot be overridden.
  syntaxHighlight: false,
  // The command shown for a request must not hold the token.
  showMutatedRequest: false,
  requestInterceptor: (request) => {
    request.headers = { ...authorization(), ...request.headers };
    return request;
  },
});
