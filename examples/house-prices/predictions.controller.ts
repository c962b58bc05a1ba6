import {
  BadRequestException,
  Body,
  Controller,
  HttpCode,
  Post,
  UseInterceptors,
} from '@nestjs/common';
import { NdArray, PythonInterpreterService, PythonJson, type PythonModule } from 'fujian';

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
  @UseInterceptors(PythonJson) // a typed array is a list in JSON
  async predict(@Body() body: unknown): Promise<{ prices: Float64Array }> {
    const houses = housesOf(body);
    const rows = houses.flatMap(({ area, rooms }) => [area, rooms]);
    const prices = await this.model.predict(
      new NdArray(new Float64Array(rows), [houses.length, 2]),
    );
    return { prices: (prices as Float64Array).map(Math.round) };
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
