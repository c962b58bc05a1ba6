import { ConsoleController } from '../../console/console.controller.js';
import { type DescribedRoutes, describeRoutes, page } from './descriptions.js';

const ROUTES: DescribedRoutes<ConsoleController> = {
  open: page('The console'),
};

export const describeConsoleRoutes = (): void =>
  describeRoutes(ConsoleController, 'Pages and documents', ROUTES);
