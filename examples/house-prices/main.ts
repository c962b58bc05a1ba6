import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, NestFactory } from '@nestjs/core';
import { ExecutionModule, PythonErrorFilter } from 'fujian';
import { ApiKeyGuard } from './api-key.guard.js';
import { PredictionsController } from './predictions.controller.js';

@Module({
  imports: [ExecutionModule.forRoot({ preload: ['numpy'] })],
  controllers: [PredictionsController],
  providers: [
    { provide: APP_GUARD, useClass: ApiKeyGuard },
    { provide: APP_FILTER, useClass: PythonErrorFilter },
  ],
})
class AppModule {}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
console.log(`Prices are predicted at ${await app.getUrl()}/predictions`);
