import { ConsoleController } from '../../console/console.controller.js';
import { type DescribedRoutes, describeRoutes, page } from './descriptions.js';

const ROUTES: DescribedRoutes<ConsoleController> = {
  open: page('The console'),
  frameScripts: page('The frame of the console around results with scripts'),
};

export const describeConsoleRoutes = (): void =>
  describeRoutes(ConsoleController, 'Pages and documents', ROUTES);
