import type { IncomingMessage } from 'node:http';
import type { Type } from '@nestjs/common';
import { WebSocketGateway } from '@nestjs/websockets';
import { selectSubprotocol } from '../../access/websocket-subprotocol.js';
import { MAIN_SESSION } from '../../execution/ids.js';
import { pathParameters } from '../../http/websocket/path-pattern.js';
import { FujianGateway } from './fujian.gateway.js';

/**
 * Returns the gateways of a protocol. Nest reads the path of a gateway from its class, so each path
 * needs its own classes.
 *
 * @param prefix the path of the protocol.
 * @param messageLimit bytes of one message; a longer one closes the connection with 1009.
 */
export function gatewaysAt(prefix: string, messageLimit: number): Type<FujianGateway>[] {
  const options = {
    maxPayload: messageLimit,
    perMessageDeflate: false,
    handleProtocols: selectSubprotocol,
  };
  const contextPath = `${prefix}/contexts/:id/websocket/`;

  @WebSocketGateway({ ...options, path: `${prefix}/websocket/` })
  class MainGateway extends FujianGateway {
    protected override sessionOf(): string {
      return MAIN_SESSION;
    }
  }

  @WebSocketGateway({ ...options, path: contextPath })
  class ContextGateway extends FujianGateway {
    protected override sessionOf({ url }: IncomingMessage): string | undefined {
      return pathParameters(contextPath, url!)?.['id'];
    }
  }

  return [MainGateway, ContextGateway];
}
