/**
 * Streams over `unix:/path` and `tcp://host:port`, on Node's sockets; with a secret, over TLS. Knows nothing of packets.
 */
import { chmodSync } from 'node:fs'
import * as net from 'node:net'
import * as tls from 'node:tls'
import { isMainThread } from 'node:worker_threads'
import { CentrumError } from '../protocol/errors.js'
import type { Log } from '../runtime/runtime.js'
import { type Address, parseAddress, tcpAddress } from '../protocol/address.js'
import { unreachable, whyNotListening } from './socket-errors.js'
import { dialOptions, listenOptions, madeWithSecret } from './shared-secret.js'
import { carrySocket } from './carry-socket.js'
import { takeStaleSocket } from './stale-socket.js'
import type { Listener, Stream, StreamEvents, Transport } from './transport.js'

type Accept = (stream: Stream) => StreamEvents

/** How many streams may be in their TLS handshake at once. */
const SILENT_MAX = 256

export interface SocketTransportOptions {
  readonly log: Log
  /** Derived from the cluster's keys. With them TCP is TLS 1.3: one dials with the first as the pre-shared key, all are believed. */
  readonly secrets: readonly Uint8Array[]
  /** How long an accepted socket may take for its TLS handshake. */
  readonly handshakeMs: number
}

export function socketTransport(options: SocketTransportOptions): Transport {
  return {
    dial: (address, accept, signal) => dial(options, address, accept, signal),
    async listen(address, accept) {
      const parsed = socketAddress(address)
      if (parsed.kind === 'unix') await takeStaleSocket(parsed.path, address)
      return listen(options, parsed, address, accept)
    },
  }
}

type SocketAddress = Exclude<Address, { kind: 'memory' }>

function socketAddress(address: string): SocketAddress {
  const parsed = parseAddress(address)
  if (parsed.kind !== 'memory') return parsed
  throw new CentrumError(
    'invalid-option',
    `'${address}' is not the address of a socket. Write tcp://host:port or unix:/path`,
  )
}

function dial(options: SocketTransportOptions, address: string, accept: Accept, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const parsed = socketAddress(address)
    if (parsed.kind === 'tcp' && parsed.port === 0) {
      throw new CentrumError('invalid-option', `'${address}' cannot be dialled: a port of 0 only says where to listen`)
    }
    const [secret] = options.secrets
    const encrypted = parsed.kind === 'tcp' && secret !== undefined
    const socket = encrypted
      ? tls.connect({ ...dialOptions(secret), host: parsed.host, port: parsed.port })
      : net.connect(parsed.kind === 'unix' ? { path: parsed.path } : { host: parsed.host, port: parsed.port })
    const settle = (): void => {
      signal.removeEventListener('abort', abort)
      socket.removeListener('error', fail)
      socket.removeListener('close', closed)
    }
    const fail = (error: Error): void => {
      settle()
      // An error that comes late must not end the process.
      socket.on('error', () => {})
      socket.destroy()
      reject(unreachable(address, error, encrypted))
    }
    const closed = (): void => fail(new Error('the other side hung up'))
    const abort = (): void => fail(new Error('it took too long, or was cancelled'))
    socket.once('error', fail)
    socket.once('close', closed)
    socket.once(encrypted ? 'secureConnect' : 'connect', () => {
      if (encrypted && !madeWithSecret(socket as tls.TLSSocket)) {
        fail(new Error('the other side did not use the shared key'))
        return
      }
      settle()
      carrySocket(socket, address, accept)
      resolve()
    })
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
}

function listen(
  options: SocketTransportOptions,
  parsed: SocketAddress,
  address: string,
  accept: Accept,
): Promise<Listener> {
  const { secrets, log } = options
  const encrypted = parsed.kind === 'tcp' && secrets.length > 0
  const server = encrypted
    ? tls.createServer({ ...listenOptions(secrets), handshakeTimeout: options.handshakeMs })
    : net.createServer()
  if (encrypted) boundSilent(server)
  server.on(encrypted ? 'secureConnection' : 'connection', (socket: net.Socket) => {
    carrySocket(socket, parsed.kind === 'unix' ? `${address} (dialled)` : remoteName(socket), accept)
  })
  server.on('tlsClientError', (error: Error, socket: tls.TLSSocket) => {
    log.warn('link.key-refused', {
      peer: remoteName(socket),
      message: `a TLS handshake failed: the other side has a different key, or is not a back or front (${error.message})`,
    })
  })
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(whyNotListening(address, error)))
    const listening = (): void => {
      server.removeAllListeners('error')
      server.on('error', (error) => log.warn('link.listen-failed', { address, error }))
      resolve({
        address: parsed.kind === 'unix' ? address : tcpAddress(parsed.host, (server.address() as net.AddressInfo).port),
        close() {
          // Does not wait for the streams that were accepted: they live on.
          server.close()
          return Promise.resolve()
        },
      })
    }
    if (parsed.kind === 'unix') listenPrivately(server, parsed.path, listening)
    else server.listen({ host: parsed.host, port: parsed.port }, listening)
  })
}

/** Only this user may connect. */
function listenPrivately(server: net.Server, path: string, listening: () => void): void {
  // The file is made within the call. Threads have no umask of their own to set; there it is private a moment later.
  const umask = isMainThread ? process.umask(0o177) : null
  try {
    server.listen({ path }, () => {
      if (umask === null) chmodSync(path, 0o600)
      listening()
    })
  } finally {
    if (umask !== null) process.umask(umask)
  }
}

/** Streams whose TLS handshake is under way. A silent one must not keep others out: at the limit the oldest is closed. */
function boundSilent(server: net.Server): void {
  const silent = new Set<net.Socket>()
  server.on('connection', (socket: net.Socket) => {
    if (silent.size >= SILENT_MAX) [...silent][0]?.destroy()
    silent.add(socket)
    socket.once('close', () => silent.delete(socket))
  })
  server.on('secureConnection', (socket: tls.TLSSocket) => {
    for (const raw of silent)
      if (raw.remotePort === socket.remotePort && raw.remoteAddress === socket.remoteAddress) silent.delete(raw)
  })
}

function remoteName(socket: net.Socket): string {
  return tcpAddress(socket.remoteAddress ?? 'unknown', socket.remotePort ?? 0).slice('tcp://'.length)
}
