import { Delete, Get, Header, HttpCode, Options, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { AccessPurpose } from '../../access/access-purpose.decorator.js';
import { GuardedController } from '../../http/guarded-controller.decorator.js';
import { PythonInterpreterService } from '../../execution/python-interpreter.service.js';
import { Received } from '../../http/request-body.js';
import { CodeInterpreterErrorFilter } from './code-interpreter-error.filter.js';
import { completionBody, type Completions, completionsIn } from './completions.js';
import { type ContextAnswer, contextAnswer } from './context-answer.js';
import { newContext, newFork } from './context-bodies.js';
import { JsonBodyPipe } from './json-body.pipe.js';

const JSON_TYPE = 'application/json; charset=utf-8';
/** A JSON body, as Nest turns the value `null` into an empty one. */
const NULL = 'null';

/** Sessions over HTTP, which the code-interpreter protocol calls contexts. */
@GuardedController(CodeInterpreterErrorFilter, 'contexts')
export class ContextsController {
  constructor(private readonly python: PythonInterpreterService) {}

  @Options(['', ':id', ':id/:action'])
  @HttpCode(204)
  @AccessPurpose('preflight')
  preflight(): void {}

  @Get()
  async list(): Promise<ContextAnswer[]> {
    const infos = await Promise.all(this.python.sessions().map((session) => session.info()));
    return infos.map(contextAnswer);
  }

  @Post()
  @HttpCode(200)
  async create(
    @Received(new JsonBodyPipe(newContext)) body: z.infer<typeof newContext>,
  ): Promise<ContextAnswer> {
    const { language: _, cwd, ...options } = body;
    const session = await this.python.createSession({ ...options, ...(cwd != null && { cwd }) });
    return contextAnswer(await session.info());
  }

  @Get(':id')
  async inspect(@Param('id') id: string): Promise<ContextAnswer> {
    return contextAnswer(await this.python.session(id).info());
  }

  /** Interrupts running code, without waiting in the queue. */
  @Post(':id/interrupt')
  @HttpCode(200)
  interrupt(@Param('id') id: string): { interrupted: boolean } {
    return { interrupted: this.python.interrupt(id) };
  }

  @Post(':id/restart')
  @HttpCode(200)
  @Header('Content-Type', JSON_TYPE)
  async restart(@Param('id') id: string): Promise<string> {
    await this.python.restart(id);
    return NULL;
  }

  @Post(':id/fork')
  @HttpCode(200)
  async fork(
    @Param('id') id: string,
    @Received(new JsonBodyPipe(newFork)) options: z.infer<typeof newFork>,
  ): Promise<ContextAnswer & { lostThreads: readonly string[] }> {
    const { session, lostThreads } = await this.python.fork(id, options);
    return { ...contextAnswer(await session.info()), lostThreads };
  }

  @Post(':id/complete')
  @HttpCode(200)
  complete(
    @Param('id') id: string,
    @Received(new JsonBodyPipe(completionBody)) body: z.infer<typeof completionBody>,
  ): Promise<Completions> {
    return completionsIn(this.python.session(id), body);
  }

  @Delete(':id')
  @HttpCode(200)
  @Header('Content-Type', JSON_TYPE)
  async close(@Param('id') id: string): Promise<string> {
    await this.python.close(id);
    return NULL;
  }
}
