import { Injectable, Module } from '@nestjs/common';
import { DuplicateDoorError } from './duplicate-door.error.js';

/** All doors of an application. */
@Injectable()
export class MountedDoors {
  private readonly places = new Set<string>();

  /** @throws DuplicateDoorError */
  claim(door: string, path: string): void {
    const place = `${door} ${path}`;
    if (this.places.has(place)) throw new DuplicateDoorError(door, path);
    this.places.add(place);
  }
}

/**
 * For the constructor of a door's module, which has neither if it was imported without `register()`.
 *
 * @throws DuplicateDoorError
 */
export function claimPlace(
  door: string,
  doors: MountedDoors | undefined,
  path: string | undefined,
): void {
  if (!doors || path === undefined) {
    throw new Error(`Import ${door}.register(), not ${door} itself.`);
  }
  doors.claim(door, path);
}

/** Of a static module there is one in an application, however many doors import it. */
@Module({ providers: [MountedDoors], exports: [MountedDoors] })
export class MountedDoorsModule {}
