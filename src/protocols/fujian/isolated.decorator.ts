import {
  BadRequestException,
  createParamDecorator,
  type ExecutionContext,
  type PipeTransform,
} from '@nestjs/common';

const VALUES = new Map<unknown, boolean>([
  [undefined, false],
  ['', true],
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

class IsolatedPipe implements PipeTransform<unknown, boolean> {
  transform(value: unknown): boolean {
    const isolated = VALUES.get(value);
    if (isolated !== undefined) return isolated;
    throw new BadRequestException({
      statusCode: 400,
      code: 'FUJIAN_BAD_QUERY',
      message: 'isolated must be true or false; nothing was run.',
    });
  }
}

const isolatedOf = createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
  const { query } = context.switchToHttp().getRequest<{ query: { isolated?: unknown } }>();
  return query.isolated;
});

/**
 * Parameter decorator for `?isolated`, `?isolated=true`. Not `@Query()`: an application's
 * `ValidationPipe` would turn the parameter into a boolean by other rules, for which `1` is false.
 */
export const Isolated = (): ParameterDecorator => isolatedOf(IsolatedPipe);
