// Opens the injected service in a Nest application context, without HTTP.

/** @typedef {import('../dist/src/index.js').PythonInterpreterService} Service */

/**
 * @param {{ python?: string, preload?: string[], maxSessions?: number }} [options]
 * @returns {Promise<Service>}
 */
export async function openLiveService(options = {}) {
  await import('reflect-metadata');
  const { NestFactory } = await import('@nestjs/core');
  const { ExecutionModule, PythonInterpreterService } = await import('../dist/src/index.js');
  // Trials kill one interpreter after another, and each has to be replaced.
  const module = ExecutionModule.forRoot({ deathLimit: 0, ...options });
  const app = await NestFactory.createApplicationContext(module, { logger: ['fatal'] });
  return app.get(PythonInterpreterService);
}
