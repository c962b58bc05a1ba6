import { afterEach } from 'vitest';
import { type LaunchOptions, ServiceProcess } from './service-process.js';

const launched: ServiceProcess[] = [];

/** Ends the launched processes after each test. Call it in a spec file. */
export function clearUpLaunches(): void {
  afterEach(async () => {
    await Promise.all(launched.splice(0).map((service) => service.dispose()));
  });
}

/** Starts the service and waits until it listens. */
export async function launch(options?: LaunchOptions): Promise<ServiceProcess> {
  const service = begin(options);
  await service.ready();
  return service;
}

/** Starts the service, whether it will listen or not. */
export function begin(options?: LaunchOptions): ServiceProcess {
  const service = new ServiceProcess(options);
  launched.push(service);
  return service;
}
