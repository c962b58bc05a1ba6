import type { HttpStatus, Type } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiExcludeEndpoint,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { SchemaName } from './schemas.js';
import { refTo } from './schemas.js';

/** A response in OpenAPI. */
export interface DescribedAnswer {
  readonly description: string;
  readonly content?: Readonly<Record<string, object>>;
  readonly headers?: Readonly<Record<string, object>>;
}

export interface DescribedRoute {
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: { readonly name: string; readonly description: string; readonly schema: object };
  readonly body?: {
    readonly type: string;
    readonly required?: boolean;
    readonly schema: object;
    readonly example: unknown;
  };
  /** By status. The document describes 401, 403, and the 400 of malformed requests once for all routes. */
  readonly answers: { readonly [status in HttpStatus]?: DescribedAnswer };
}

/** All routes of a controller except preflights, which the document describes once. */
export type DescribedRoutes<Controller> = {
  readonly [Route in Exclude<keyof Controller, 'preflight'>]: DescribedRoute;
};

export const json = (schema: SchemaName, description: string, example?: unknown) => ({
  description,
  content: {
    'application/json': { schema: refTo(schema), ...(example !== undefined && { example }) },
  },
});

export const text = (description: string, example: string): DescribedAnswer => ({
  description,
  content: { 'text/plain': { schema: { type: 'string' }, example } },
});

export const error = (description: string): DescribedAnswer => json('Error', description);

export const unavailable = (description: string): DescribedAnswer => ({
  ...error(`${description} The same request may succeed later.`),
  headers: {
    'Retry-After': {
      description: 'Seconds after which to retry.',
      required: true,
      schema: { type: 'string' },
    },
  },
});

export const unauthorized = (content: DescribedAnswer['content']): DescribedAnswer => ({
  description: 'The token is missing or wrong.',
  ...(content && { content }),
  headers: {
    'WWW-Authenticate': { description: '`Bearer`', required: true, schema: { type: 'string' } },
  },
});

const HTML = { 'text/html': { schema: { type: 'string' } } };

/** Describes a page. Its 401 is the page itself, which asks for the token. */
export const page = (summary: string): DescribedRoute => ({
  summary,
  answers: { 200: { description: 'HTML.', content: HTML }, 401: unauthorized(HTML) },
});

/** Attaches descriptions for `@nestjs/swagger` to a controller, which does not depend on it. */
export function describeRoutes<Controller extends object>(
  controller: Type<Controller>,
  tag: string,
  routes: DescribedRoutes<Controller>,
): void {
  const { prototype } = controller as { prototype: object };
  ApiTags(tag)(controller);
  if ('preflight' in prototype) decorate(prototype, 'preflight', [ApiExcludeEndpoint()]);
  for (const [name, route] of Object.entries<DescribedRoute>(routes)) {
    decorate(prototype, name, decoratorsOf(route));
  }
}

function decoratorsOf(route: DescribedRoute): MethodDecorator[] {
  const { summary, description, parameters = {}, query, body, answers } = route;
  return [
    ApiOperation({ summary, ...(description !== undefined && { description }) }),
    ...Object.entries(parameters).map(([name, about]) =>
      ApiParam({ name, description: about, schema: { type: 'string' } }),
    ),
    ...(query ? [ApiQuery({ required: false, ...query })] : []),
    ...(body ? [ApiConsumes(body.type), ApiBody(bodyOf(body))] : []),
    ...Object.entries(answers).map(([status, answer]) =>
      ApiResponse({ status: Number(status), ...answer }),
    ),
  ];
}

function bodyOf({ required = true, schema, example }: NonNullable<DescribedRoute['body']>) {
  return { required, schema: { ...schema, examples: [example] } };
}

function decorate(prototype: object, name: string, decorators: MethodDecorator[]): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!;
  for (const decorator of decorators) decorator(prototype, name, descriptor);
}
