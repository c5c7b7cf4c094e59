/** A server and its clients in two processes, from start to end, and what the server used between two moments. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Child } from './child.js'
import type { LoadFace, Role, ServerFace, Traffic, Usage } from './faces.js'
import type { Peer, Prepared } from './prepare.js'
import type { World } from '../servers/world.js'

export interface Served {
  readonly server: Child<ServerFace>
  readonly load: Child<LoadFace>
  readonly url: string
}

export const WHOLE: Role = { is: 'whole' }

/** Runs `use` with a server that listens and a process for its clients, and ends both. */
export async function withServer<Result>(
  prepared: Prepared,
  peer: Peer,
  world: World,
  use: (served: Served) => Promise<Result>,
): Promise<Result> {
  const server = new Child<ServerFace>(prepared.node, serverFlags(), prepared.servers[peer])
  const load = new Child<LoadFace>(prepared.node, [], prepared.load)
  try {
    const url = await server.ask('start', world, WHOLE)
    return await use({ server, load, url })
  } finally {
    await load.stop()
    await server.stop()
  }
}

export interface Cluster extends Served {
  readonly back: Child<ServerFace>
}

/** The same of centrum with a back and a front in processes of their own: `server` is the front. */
export async function withCluster<Result>(
  prepared: Prepared,
  world: World,
  use: (cluster: Cluster) => Promise<Result>,
): Promise<Result> {
  const address = `unix:${join(tmpdir(), `centrum-bench-${process.pid}.sock`)}`
  const start = (): Child<ServerFace> => new Child(prepared.node, serverFlags(), prepared.servers.centrum)
  const [back, server] = [start(), start()]
  const load = new Child<LoadFace>(prepared.node, [], prepared.load)
  try {
    await back.ask('start', world, { is: 'back', address })
    const url = await server.ask('start', world, { is: 'front', address })
    return await use({ server, load, url, back })
  } finally {
    await load.stop()
    await server.stop()
    await back.stop()
  }
}

/** For profiles of the server alone: `BENCH_SERVER_FLAGS='--cpu-prof --cpu-prof-dir=profiles'`. */
export function serverFlags(): readonly string[] {
  return process.env['BENCH_SERVER_FLAGS']?.split(' ').filter((flag) => flag !== '') ?? []
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** What happened within a time. */
export interface Span {
  readonly ms: number
  readonly server: Pick<Usage, 'cpuUs' | 'turns' | 'moves' | 'keyframes'>
  readonly clients: Traffic
}

/** From now until `during` is over. */
export async function spanOf({ server, load }: Served, during: () => Promise<unknown>): Promise<Span> {
  const [usage, traffic] = await Promise.all([server.ask('usage', false), load.ask('traffic')])
  const begun = performance.now()
  await during()
  const [usageAfter, trafficAfter] = await Promise.all([server.ask('usage', false), load.ask('traffic')])
  return {
    ms: performance.now() - begun,
    server: {
      cpuUs: usageAfter.cpuUs - usage.cpuUs,
      turns: usageAfter.turns - usage.turns,
      moves: usageAfter.moves - usage.moves,
      keyframes: usageAfter.keyframes - usage.keyframes,
    },
    clients: {
      messages: trafficAfter.messages - traffic.messages,
      bytes: trafficAfter.bytes - traffic.bytes,
      cpuUs: trafficAfter.cpuUs - traffic.cpuUs,
    },
  }
}

/**
 * Microseconds of the server's CPU for each turn that a client is told and each push that is handled. A machine with too little time for
 * all makes fewer of both, in proportions of its own: this is what stays the same.
 */
export function usPerDelivery({ cpuUs, turns, moves }: Span['server'], clientsPerRoom: number): number {
  return cpuUs / (turns * clientsPerRoom + moves)
}
