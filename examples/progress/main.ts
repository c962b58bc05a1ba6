import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExecutionModule } from 'fujian';
import { PrimesController } from './primes.controller.js';

@Module({ imports: [ExecutionModule.forRoot()], controllers: [PrimesController] })
class AppModule {}

const app = await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 3000, '127.0.0.1');
console.log(`The page is at ${await app.getUrl()}`);
