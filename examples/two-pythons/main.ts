import { Module } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { ExecutionModule, PythonErrorFilter } from 'fujian';
import { DeskController } from './desk.controller.js';

@Module({
  imports: [
    ExecutionModule.forRoot({ preload: ['statistics'] }),
    ExecutionModule.forRoot({
      name: 'strangers',
      limits: { memory: 256 * 1024 * 1024, processes: 10, fileSize: 0 },
    }),
  ],
  controllers: [DeskController],
  providers: [{ provide: APP_FILTER, useClass: PythonErrorFilter }],
})
class AppModule {}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
console.log(`Summaries are at ${await app.getUrl()}/summary, code is run at /run`);
