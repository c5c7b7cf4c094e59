/**
 * What `dev` will start, decided before anything runs: who the masters are, where they listen, and the cluster's file and key.
 * All of it stays the same when the masters restart, so that clients find them again. Starts nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshKey } from '../runtime/fresh-key.js'
import type { Random } from '../runtime/runtime.js'
import { freePort } from './free-port.js'
import { devKey } from './store-of-role.js'

/** Where an inspector listens, whatever the fronts do: it shows all state. */
const LOOPBACK = '127.0.0.1'
/** Bytes of a unix socket's path that every system accepts. */
const SOCKET_PATH_BYTES_MAX = 103

export interface PlannedMaster {
  readonly role: 'back' | 'front' | 'inspect'
  readonly id: string
  /** Behind `centrum back app.ts`. */
  readonly args: readonly string[]
}

export interface DevPlan {
  readonly backs: readonly PlannedMaster[]
  readonly fronts: readonly PlannedMaster[]
  /** Null where none is wanted. */
  readonly inspector: PlannedMaster | null
  readonly clusterFile: string
  readonly key: string
  /** Takes the files away again. */
  dispose(): void
}

export interface DevPlanOptions {
  readonly backs: number
  readonly fronts: number
  readonly host: string
  readonly port: number
  readonly inspector: 'on' | 'off'
  readonly random: Random
  readonly say: (line: string) => void
}

/** Throws a `UsageError` where a port can't be had. */
export async function planDev(options: DevPlanOptions): Promise<DevPlan> {
  const { backs, fronts, host, port, inspector, random, say } = options
  const frontPorts = await portsFrom(host, port, fronts, say)
  const inspectorPort =
    inspector === 'off' ? null : await freePort(LOOPBACK, inspectorPortFor(port), new Set(frontPorts))
  const folder = mkdtempSync(join(tmpdir(), 'centrum-'))
  const dispose = (): void => rmSync(folder, { recursive: true, force: true })
  try {
    const addresses = await backAddresses(folder, backs)
    const clusterFile = join(folder, 'cluster.json')
    // Without channels: which there are is only known to those who load the app.
    const list = addresses.map((address, i) => ({ id: `back-${i + 1}`, address }))
    writeFileSync(clusterFile, JSON.stringify({ backs: list }))
    return {
      backs: list.map(({ id }) => ({ role: 'back', id, args: ['--id', id] })),
      fronts: frontPorts.map((taken, i) => {
        const id = `front-${i + 1}`
        return { role: 'front', id, args: ['--id', id, '--host', host, '--port', String(taken)] }
      }),
      inspector: inspectorPort === null ? null : inspectorOn(inspectorPort, frontPorts),
      clusterFile,
      key: devKey() ?? freshKey(random),
      dispose,
    }
  } catch (error) {
    dispose()
    throw error
  }
}

/** Beside the first front's; any where that may be any. */
function inspectorPortFor(port: number): number {
  return port > 1 ? port - 1 : 0
}

/** It offers the fronts by the address of this machine, whatever they listen on. */
function inspectorOn(port: number, frontPorts: readonly number[]): PlannedMaster {
  const fronts = frontPorts.flatMap((each) => ['--front', `http://${LOOPBACK}:${each}`])
  return { role: 'inspect', id: 'inspector', args: ['--id', 'inspector', '--port', String(port), ...fronts] }
}

async function portsFrom(host: string, first: number, count: number, say: (line: string) => void): Promise<number[]> {
  const ports = new Set<number>()
  let wanted = first
  while (ports.size < count) {
    const port = await freePort(host, wanted, ports)
    if (port !== wanted && wanted !== 0) say(`Port ${wanted} is taken: front-${ports.size + 1} uses ${port}.`)
    ports.add(port)
    wanted = wanted === 0 ? 0 : port + 1
  }
  return [...ports]
}

async function backAddresses(folder: string, count: number): Promise<string[]> {
  const paths = Array.from({ length: count }, (_, i) => join(folder, `back-${i + 1}.sock`))
  const fit = paths.every((path) => Buffer.byteLength(path) <= SOCKET_PATH_BYTES_MAX)
  if (process.platform !== 'win32' && fit) return paths.map((path) => `unix:${path}`)
  const ports = new Set<number>()
  while (ports.size < count) ports.add(await freePort('127.0.0.1', 0, ports))
  return [...ports].map((port) => `tcp://127.0.0.1:${port}`)
}
