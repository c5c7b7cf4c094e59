/**
 * How much a link carries beside a bare socket: messages from one process to another, over TCP and unix sockets. The bare
 * socket prefixes each message with its length and puts small ones together up to 64 KB; the link adds types, batches with
 * numbers and heartbeats. Only the ratio counts. The goal is at least 0.8 at 1 KB and 16 KB.
 *
 *     node --import tsx bench/run.ts link [repetitions]
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import * as net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { acceptLinks } from '../dist/link/accept-links.js'
import { maintainLink } from '../dist/link/maintain-link.js'
import { linkLimits } from '../dist/link/link-limits.js'
import { type MasterIdentity, newIncarnation, NO_LIST } from '../dist/link/master-identity.js'
import type { MasterLink } from '../dist/link/master-link.js'
import { transportOf } from '../dist/link/transport-of.js'
import { nodeRuntime } from '../dist/runtime/node-runtime.js'

const SIZES = [
  { bytes: 100, messages: 1_000_000 },
  { bytes: 1024, messages: 400_000 },
  { bytes: 16 * 1024, messages: 40_000 },
  { bytes: 256 * 1024, messages: 3_000 },
]
/** What the sender lets wait before it waits itself, the same on both sides. */
const WAITING_BYTES_MAX = 1024 * 1024
const COALESCED_BYTES = 64 * 1024

const runtime = nodeRuntime({ logLevel: 'error' })
const limits = linkLimits()

type Kind = 'bare' | 'link'

/** Starts the receiving process and asks it to listen. */
async function receiver(): Promise<ChildProcess> {
  const child = fork(fileURLToPath(import.meta.url), ['receive'], { execArgv: ['--import', 'tsx'] })
  await once(child, 'message')
  return child
}

async function listenThere(child: ChildProcess, kind: Kind, place: string, messages: number): Promise<string> {
  child.send({ kind, place, messages })
  const [address] = (await once(child, 'message')) as [string]
  return address
}

/** Milliseconds until the other process has had them all. */
async function measure(
  child: ChildProcess,
  kind: Kind,
  place: string,
  bytes: number,
  messages: number,
): Promise<number> {
  const address = await listenThere(child, kind, place, messages)
  const message = new Uint8Array(bytes).fill(0x41)
  const done = once(child, 'message')
  return kind === 'bare' ? sendBare(address, message, messages, done) : sendLinked(address, message, messages, done)
}

async function sendBare(
  address: string,
  message: Uint8Array,
  messages: number,
  done: Promise<unknown>,
): Promise<number> {
  const { port, hostname } = address.startsWith('unix:')
    ? { port: '', hostname: '' }
    : new URL(address.replace('tcp:', 'http:'))
  const socket = port === '' ? net.connect(address.slice(5)) : net.connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.setNoDelay(true)
  const started = runtime.clock.now()
  const length = message.length
  const prefixed = length + 4
  let buffer = Buffer.allocUnsafeSlow(Math.max(COALESCED_BYTES, prefixed))
  let at = 0
  for (let i = 0; i < messages; i++) {
    if (at + prefixed > buffer.length) {
      socket.write(buffer.subarray(0, at))
      buffer = Buffer.allocUnsafeSlow(Math.max(COALESCED_BYTES, prefixed))
      at = 0
      if (socket.writableLength > WAITING_BYTES_MAX) await once(socket, 'drain')
    }
    buffer.writeUInt32LE(length, at)
    buffer.set(message, at + 4)
    at += prefixed
  }
  socket.write(buffer.subarray(0, at))
  await done
  const ms = runtime.clock.now() - started
  socket.destroy()
  return ms
}

async function sendLinked(
  address: string,
  message: Uint8Array,
  messages: number,
  done: Promise<unknown>,
): Promise<number> {
  let drained: (() => void) | null = null
  let up: ((link: MasterLink) => void) | null = null
  const linked = new Promise<MasterLink>((resolve) => (up = resolve))
  const kept = maintainLink({
    transport: transportOf(address, { runtime }),
    address,
    identity: identityOf('front'),
    expectedId: 'back-1',
    limits,
    runtime,
    events: {
      onUp(link) {
        up?.(link)
        return { onFrame() {}, onClosed() {}, onDrained: () => drained?.() }
      },
      onDown() {},
      onRefused(_reason, text) {
        throw new Error(text)
      },
    },
  })
  const link = await linked
  const started = runtime.clock.now()
  const every = Math.max(1, Math.floor(COALESCED_BYTES / message.length))
  for (let i = 0; i < messages; i++) {
    link.send(message)
    if (i % every !== every - 1) continue
    link.flush()
    if (link.inspect().bytesQueued > WAITING_BYTES_MAX) await new Promise<void>((resolve) => (drained = resolve))
  }
  link.flush()
  await done
  const ms = runtime.clock.now() - started
  kept.stop()
  return ms
}

function identityOf(role: 'front' | 'back'): MasterIdentity {
  return { role, id: `${role}-1`, incarnation: newIncarnation(runtime.random), membershipHash: NO_LIST }
}

function receive(): void {
  const tell = (message: string): void => void process.send?.(message)
  process.on('message', ({ kind, place, messages }: { kind: Kind; place: string; messages: number }) => {
    let left = messages
    const onMessage = (message: Uint8Array): void => {
      if (message[0] !== 0x41) throw new Error('a message is not what was sent')
      if (--left === 0) tell('done')
    }
    if (kind === 'bare') receiveBare(place, onMessage, tell)
    else void receiveLinked(place, onMessage, tell)
  })
  tell('ready')
}

function receiveBare(place: string, onMessage: (message: Uint8Array) => void, tell: (message: string) => void): void {
  const server = net.createServer((socket) => {
    server.close()
    // Only a message that is spread over chunks is copied.
    let partial: Buffer | null = null
    let filled = 0
    const prefix = Buffer.alloc(4)
    let prefixFilled = 0
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      let at = 0
      while (at < chunk.length) {
        if (partial === null) {
          let length: number
          if (prefixFilled === 0 && chunk.length - at >= 4) {
            length = chunk.readUInt32LE(at)
            at += 4
          } else {
            prefix[prefixFilled++] = chunk[at++] as number
            if (prefixFilled < 4) continue
            prefixFilled = 0
            length = prefix.readUInt32LE(0)
          }
          if (chunk.length - at >= length) {
            onMessage(chunk.subarray(at, at + length))
            at += length
            continue
          }
          partial = Buffer.allocUnsafeSlow(length)
          filled = 0
        }
        const taken = chunk.copy(partial, filled, at)
        filled += taken
        at += taken
        if (filled < partial.length) break
        onMessage(partial)
        partial = null
      }
    })
  })
  if (place.startsWith('unix:')) server.listen(place.slice(5), () => tell(place))
  else server.listen(0, '127.0.0.1', () => tell(`tcp://127.0.0.1:${(server.address() as net.AddressInfo).port}`))
}

async function receiveLinked(
  place: string,
  onMessage: (message: Uint8Array) => void,
  tell: (message: string) => void,
): Promise<void> {
  const listener = await acceptLinks({
    transport: transportOf(place, { runtime }),
    address: place,
    identity: identityOf('back'),
    limits,
    runtime,
    onLink: () => {
      void listener.close()
      return { onFrame: onMessage, onClosed() {} }
    },
  })
  tell(listener.address)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] as number
}

/** Prints one row for each size and kind of socket. */
export default async function run([repetitions = '5']: readonly string[]): Promise<void> {
  const child = await receiver()
  const places = ['tcp://127.0.0.1:0', `unix:${join(tmpdir(), `centrum-bench-${process.pid}.sock`)}`]
  console.log('socket   bytes   bare k/s   link k/s   link/bare (median of pairs)')
  for (const place of places) {
    for (const { bytes, messages } of SIZES) {
      const pairs: { bare: number; link: number }[] = []
      for (let i = -1; i < Number(repetitions); i++) {
        const order: Kind[] = i % 2 === 0 ? ['bare', 'link'] : ['link', 'bare']
        const pair = { bare: 0, link: 0 }
        for (const kind of order) pair[kind] = messages / (await measure(child, kind, place, bytes, messages))
        // The first pair warms both up.
        if (i >= 0) pairs.push(pair)
      }
      const bare = median(pairs.map((pair) => pair.bare))
      const link = median(pairs.map((pair) => pair.link))
      const ratio = median(pairs.map((pair) => pair.link / pair.bare))
      console.log(
        `${place.slice(0, 4).padEnd(5)}${String(bytes).padStart(9)}${bare.toFixed(0).padStart(11)}${link.toFixed(0).padStart(11)}${ratio.toFixed(2).padStart(12)}`,
      )
    }
  }
  child.disconnect()
}

if (process.argv[2] === 'receive') receive()
