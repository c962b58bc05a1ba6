import { SetMetadata } from '@nestjs/common';

import type { RequestPurpose } from './access-request.js';

export const ACCESS_PURPOSE_KEY = 'fujian:access-purpose';

/**
 * Tells the guard the purpose of a route. Routes without a purpose count as running code, and are
 * checked in full.
 */
export const AccessPurpose = (purpose: RequestPurpose) => SetMetadata(ACCESS_PURPOSE_KEY, purpose);
