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
      message: 'isolated is true or false; nothing was run.',
    });
  }
}

const isolatedOf = createParamDecorator((_: unknown, context: ExecutionContext): unknown => {
  const { query } = context.switchToHttp().getRequest<{ query: { isolated?: unknown } }>();
  return query.isolated;
});

/**
 * Reads `?isolated`, `?isolated=true`. Not by `@Query()`: an application's `ValidationPipe` turns a parameter of
 * that kind into a boolean by rules of its own, for which `1` is false.
 */
export const Isolated = (): ParameterDecorator => isolatedOf(IsolatedPipe);
