import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { oneATurn } from '../../streams/one-a-turn.js';
import { isLong, jsonPiecesOf, type OutgoingReply } from './fujian-reply.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** The body of a reply over HTTP: an object that Nest encodes, or a stream of JSON. */
export type ReplyBody = OutgoingReply | StreamableFile;

/** Returns the body of a reply. A long one is sent as the client reads it. */
export function bodyOf(reply: OutgoingReply): ReplyBody {
  if (!isLong(reply)) return reply;
  const pieces = Readable.from(oneATurn(jsonPiecesOf(reply)), { objectMode: false });
  return new StreamableFile(pieces, { type: JSON_TYPE });
}
