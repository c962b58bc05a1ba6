import { existsSync } from 'node:fs';
import type { Server } from 'node:http';
import { dirname, join } from 'node:path';
import { type INestApplication, Logger, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Configuration } from '../../config/schema.js';
import { AccessPolicy } from '../access/access-policy.js';
import { AppModule } from './app.module.js';
import { PythonInterpreterService } from '../execution/python-interpreter.service.js';
import { SERVER } from '../http/answer-headers.js';
import { AnswersInFlight } from './answers-in-flight.js';
import { consoleAddress } from './console-address.js';
import { serveExactPaths } from './exact-paths.js';
import { createHttpAdapter } from './http-adapter.js';
import { listen, type Listening } from './listening.js';
import { refuseMalformedHttp } from './malformed-http.js';
import { ServedRoutes } from './served-routes.js';
import { handleUnusualRequests } from './unusual-requests.js';
import { GuardedWsAdapter } from '../http/websocket/guarded-ws.adapter.js';

/** Milliseconds that clients have at least to read their last answers. */
const TIME_TO_READ = 1_000;

/** A running service. */
export interface Service {
  readonly app: INestApplication<Server>;
  readonly urls: readonly string[];
  readonly port: number | undefined;
  /** Stops accepting, answers or refuses requests in flight, stops Python. */
  close(): Promise<void>;
}

/**
 * Starts the service.
 *
 * @throws FujianError, whose message says in one sentence what to do.
 */
export async function startService(
  configuration: Configuration,
  logger: LoggerService | false,
): Promise<Service> {
  const { adapter, ready } = await createHttpAdapter(configuration.httpAdapter);
  const app = await NestFactory.create<INestApplication<Server>>(
    AppModule.of(configuration),
    adapter,
    {
      bodyParser: false,
      abortOnError: false,
      logger,
    },
  );
  app.useWebSocketAdapter(new GuardedWsAdapter(app));
  const http = app.getHttpServer();
  refuseMalformedHttp(http);
  handleUnusualRequests(http, app.get(AccessPolicy));
  serveExactPaths(http, app.get(ServedRoutes));
  const answers = new AnswersInFlight(http);
  let listening: Listening;
  try {
    await app.init();
    await ready();
    listening = await listen(http, configuration);
  } catch (error) {
    await app.close();
    throw error;
  }
  const log = new Logger('Fujian');
  for (const line of startLines(listening, app, configuration)) log.log(line);
  return {
    app,
    urls: listening.urls,
    port: listening.port,
    close: async () => {
      const closed = listening.stop();
      answers.endConnections();
      const { shutdownGrace, interruptGrace, exitGrace } = configuration;
      const deadline = performance.now() + 2 * shutdownGrace + interruptGrace + exitGrace;
      let tooLate: NodeJS.Timeout | undefined;
      // When Python has stopped, all is answered: only a client that does not read can be left.
      app.get(PythonInterpreterService).sessionEvents.subscribe({
        complete: () => {
          const left = Math.max(deadline - performance.now(), TIME_TO_READ);
          tooLate = setTimeout(() => http.closeAllConnections(), left);
        },
      });
      await app.close();
      await closed;
      clearTimeout(tooLate);
      log.log('Stopped');
    },
  };
}

/** Returns where to find the console and the API, and which Python runs. */
function startLines(
  { urls }: Listening,
  app: INestApplication<Server>,
  { requireToken, token }: Configuration,
): string[] {
  const { version, executable } = app.get(PythonInterpreterService).python;
  const access = requireToken
    ? 'token required'
    : `open to this machine's programs and to pages from localhost${token === undefined ? '' : ', or with the token'}`;
  const console = consoleAddress(urls);
  const isVirtual = existsSync(join(dirname(executable), '../pyvenv.cfg'));
  return [
    ...(console === undefined ? [] : [`Console: ${console}`]),
    `API: ${SERVER.replace('/', ' ')} listens on ${urls.join(' and ')}; ${access}`,
    `Python ${version} (${executable}${isVirtual ? ', a virtual environment' : ''}); ready in ${process.uptime().toFixed(1)} s`,
  ];
}
