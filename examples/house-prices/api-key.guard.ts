import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request } from 'express';

const KEY = process.env['API_KEY'] ?? 'secret';

/** Admits requests with the API key: the application's own guard. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return context.switchToHttp().getRequest<Request>().header('x-api-key') === KEY;
  }
}
