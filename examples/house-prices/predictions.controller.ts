import { BadRequestException, Body, Controller, HttpCode, Post } from '@nestjs/common';
import { NdArray, PythonInterpreterService, type PythonModule } from 'fujian';

interface House {
  readonly area: number;
  readonly rooms: number;
}

@Controller('predictions')
export class PredictionsController {
  private readonly model: PythonModule<typeof import('./house-prices.js')>;

  constructor(python: PythonInterpreterService) {
    this.model = python.module('house_prices');
  }

  @Post()
  @HttpCode(200)
  async predict(@Body() body: unknown): Promise<{ prices: number[] }> {
    const houses = housesOf(body);
    const rows = houses.flatMap(({ area, rooms }) => [area, rooms]);
    const prices = await this.model.predict(
      new NdArray(new Float64Array(rows), [houses.length, 2]),
    );
    return { prices: Array.from(prices as Float64Array, Math.round) };
  }
}

function housesOf(body: unknown): readonly House[] {
  const { houses } = body as { houses?: unknown };
  if (Array.isArray(houses) && houses.length > 0 && houses.every(isHouse)) return houses;
  throw new BadRequestException('Send { "houses": [{ "area": 120, "rooms": 4 }] }.');
}

function isHouse(value: unknown): value is House {
  const { area, rooms } = (value ?? {}) as Partial<House>;
  return typeof area === 'number' && typeof rooms === 'number';
}
