import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { loadConfiguration } from '../../../../config/load-configuration.js';
import { AppModule } from '../../../serving/app.module.js';
import { VERSION } from '../../../version.js';
import { type DescribedAnswer, error, unauthorized } from './descriptions.js';
import { describeApiDocsRoutes } from './api-docs-routes.js';
import { describeCodeInterpreterRoutes } from './code-interpreter-routes.js';
import { describeConsoleRoutes } from './console-routes.js';
import { describeFujianRoutes } from './fujian-routes.js';
import { describeObservabilityRoutes } from './observability-routes.js';
import { schemas } from './schemas.js';

/** The descriptions of all controllers of the service, one file per room. */
const DESCRIPTIONS = [
  describeFujianRoutes,
  describeCodeInterpreterRoutes,
  describeObservabilityRoutes,
  describeConsoleRoutes,
  describeApiDocsRoutes,
];

const ABOUT = `Runs Python code in interpreters that stay.

Who may send what is decided before a byte of a body is read: programs and pages of this machine, or whoever has the
token. All paths answer \`OPTIONS\` with 204 and the CORS headers, if the page may use the service. A method that a path
does not take is 405 with \`Allow\`, a path that nobody serves 404, a request that is no HTTP 400, too slow 408, its headers
too large 431, a body with another transfer coding than \`chunked\` 501, all with an \`Error\`. So is a 500, with the code
\`FUJIAN_INTERNAL\`, if the service fails; its log says why.

The WebSockets are described by [AsyncAPI](asyncapi.json).`;

const STRING = { type: 'string' as const };

/** The headers of every response. */
const HEADERS = {
  Server: {
    description: 'Who answers.',
    required: true,
    schema: { ...STRING, pattern: '^Fujian/' },
  },
  'X-Request-Id': {
    description: 'The id of the request in logs: the one that it was sent with, or a new one.',
    required: true,
    schema: STRING,
  },
  Vary: { description: '`Origin`', required: true, schema: STRING },
  'Cross-Origin-Resource-Policy': {
    description: 'Pages of other origins cannot load a response, only fetch it with CORS.',
    required: true,
    schema: { ...STRING, const: 'same-origin' },
  },
  'X-Content-Type-Options': {
    description: 'Browsers must not take a response for something else.',
    required: true,
    schema: { ...STRING, const: 'nosniff' },
  },
  'Access-Control-Allow-Origin': {
    description: 'The origin whose pages may read the response, if any.',
    schema: STRING,
  },
};
const HEADER_REFERENCES = referencesTo('headers', Object.keys(HEADERS));

/** The refusals of every route, before anything else. */
const REFUSALS = {
  400: error('A header is repeated, or the target is not a path.'),
  401: unauthorized(error('').content),
  403: error('The host or the origin is not allowed.'),
};
const REFUSAL_REFERENCES = referencesTo('responses', Object.keys(REFUSALS));

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Parameter = Extract<NonNullable<Operation['parameters']>[number], { name: string }>;
type Answers = Readonly<Record<string, DescribedAnswer>>;

/** Returns the OpenAPI document of the service, made from the controllers without starting them. */
export async function openApiDocument(): Promise<OpenAPIObject> {
  for (const describe of DESCRIPTIONS) describe();
  const { configuration } = loadConfiguration({});
  const app = await NestFactory.create(AppModule.of(configuration), {
    preview: true,
    logger: ['error'],
  });
  const base = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Fujian')
    .setDescription(ABOUT)
    .setVersion(VERSION)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('./')
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'token')
    .build();
  const { paths, ...document } = SwaggerModule.createDocument(app, base, { operationIdFactory });
  return {
    ...document,
    // The token is optional.
    security: [{}, { token: [] }],
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, item]) => [path, finishedPath(path, item)]),
    ),
    components: {
      ...document.components,
      schemas: schemas(),
      headers: HEADERS,
      responses: answersOf(REFUSALS),
    },
  };
}

const operationIdFactory = (controller: string, method: string): string =>
  `${controller.replace(/Controller$/, '')}_${method}`;

function finishedPath(path: string, item: PathItem): PathItem {
  const operations = Object.entries(item as Record<string, Operation>);
  // SEARCH is present if a route takes all methods. Such a route is described once, without an operation id.
  const isForAll = 'search' in item;
  return Object.fromEntries(
    operations
      .filter(([method]) => !isForAll || method === 'post')
      .map(([method, { operationId, ...operation }]) => [
        method,
        { ...(!isForAll && { operationId }), ...finishedOperation(path, operation) },
      ]),
  );
}

function finishedOperation(path: string, operation: Operation): Operation {
  const parameters = (operation.parameters ?? []) as Parameter[];
  const unread = [...path.matchAll(/\{(\w+)\}/g)]
    .map(([, name]) => name!)
    .filter((name) => !parameters.some((parameter) => parameter.name === name))
    .map((name) => ({ name, in: 'path' as const, required: true, schema: STRING }));
  return {
    ...operation,
    parameters: [...parameters, ...unread],
    responses: { ...REFUSAL_REFERENCES, ...answersOf(operation.responses as Answers) },
  };
}

function answersOf(answers: Answers): Record<string, DescribedAnswer> {
  return Object.fromEntries(
    Object.entries(answers).map(([status, answer]) => [
      status,
      { ...answer, headers: { ...HEADER_REFERENCES, ...answer.headers } },
    ]),
  );
}

function referencesTo(kind: string, names: string[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/${kind}/${name}` }]));
}
