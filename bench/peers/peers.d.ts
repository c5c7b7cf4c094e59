/**
 * What the benches use of packages that only bench/peers has: with it they are checked where the peers are not installed.
 */
declare module '@colyseus/core' {
  export interface RoomClient {
    readonly sessionId: string
  }
  export class Room {
    autoDispose: boolean
    patchRate: number | null
    roomId: string
    state: object
    messages: object
    onCreate(options: object): void
    onBeforePatch(): void
    onJoin(client: RoomClient): void
    onDrop(client: RoomClient): void
    onLeave(client: RoomClient): void
    broadcast(type: string, message: unknown): void
    allowReconnection(client: RoomClient, seconds: number): Promise<RoomClient>
  }
  export class Server {
    constructor(options: { greet: boolean; transport: object })
    define(name: string, room: typeof Room): void
    listen(port: number, host: string): Promise<void>
  }
  export const matchMaker: { createRoom(name: string, options: object): Promise<unknown> }
}

declare module '@colyseus/ws-transport' {
  import type { Server } from 'node:http'
  export class WebSocketTransport {
    constructor(options: { server: Server; pingMaxRetries?: number })
  }
}

declare module 'socket.io' {
  import type { Server as HttpServer } from 'node:http'
  export interface Socket {
    readonly handshake: { readonly auth: unknown }
    join(room: string): Promise<void> | void
    emit(event: string, payload: unknown): void
    on<Payload>(event: string, listener: (payload: Payload) => void): void
  }
  export class Server {
    constructor(server: HttpServer, options: { transports: string[]; serveClient: boolean })
    on(event: 'connection', listener: (socket: Socket) => void): void
    to(room: string): { emit(event: string, payload: unknown): void }
  }
}
