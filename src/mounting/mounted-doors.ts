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

/** Of a static module there is one in an application, however many doors import it. */
@Module({ providers: [MountedDoors], exports: [MountedDoors] })
export class MountedDoorsModule {}
