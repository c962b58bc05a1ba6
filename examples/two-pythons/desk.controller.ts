import { BadRequestException, Body, Controller, HttpCode, Post } from '@nestjs/common';
import { InjectPython, InterpreterDiedError, PythonInterpreterService } from 'fujian';

@Controller()
export class DeskController {
  constructor(
    private readonly python: PythonInterpreterService,
    @InjectPython('strangers') private readonly strangers: PythonInterpreterService,
  ) {}

  /** Runs the application's own code. */
  @Post('summary')
  @HttpCode(200)
  async summary(@Body('numbers') numbers: unknown) {
    if (!areNumbers(numbers)) throw new BadRequestException('Send { "numbers": [1, 2, 6] }.');
    return {
      mean: await this.python.call<number>('statistics:fmean', [numbers]),
      median: await this.python.call<number>('statistics:median', [numbers]),
    };
  }

  /** Runs untrusted code: isolated, in another Python, within its limits. */
  @Post('run')
  @HttpCode(200)
  async run(@Body('code') code: unknown) {
    if (typeof code !== 'string') throw new BadRequestException('Send { "code": "print(1)" }.');
    try {
      const { stdout, error } = await this.strangers.execute(code, {
        isolated: true,
        timeout: 5_000,
      });
      return { stdout, error: error?.traceback };
    } catch (error) {
      if (error instanceof InterpreterDiedError) throw new BadRequestException(error.message);
      throw error;
    }
  }
}

function areNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number');
}
