import { BadRequestException, type PipeTransform } from '@nestjs/common';

const VALUES = new Map<unknown, boolean>([
  [undefined, false],
  ['', true],
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/** Reads `?isolated`, `?isolated=true`. */
export class IsolatedPipe implements PipeTransform<unknown, boolean> {
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
