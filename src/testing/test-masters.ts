/**
 * Backs and fronts of a simulated cluster: the real ones, each in a process of its own that can be killed and started again. Knows
 * nothing of clients but that they dial.
 */
import { BackMaster } from '../back/back-master.js'
import type { BackMasterOptions } from '../back/back-master-options.js'
import type { BackLimits } from '../back/back-limits.js'
import type { App } from '../channel/app.js'
import { type Cluster, isDynamic } from '../cluster/cluster.js'
import { FrontMaster } from '../front/front-master.js'
import type { FrontLimits } from '../front/front-limits.js'
import { ClientSockets } from '../gateway/client-sockets.js'
import type { GatewayLimits } from '../gateway/gateway-limits.js'
import type { LinkLimits } from '../link/link-limits.js'
import { CentrumError } from '../protocol/errors.js'
import type { Store } from '../store/store.js'
import type { StoredDiffers } from '../store/stored-differs.js'
import type { SimulatedNetwork } from './simulated-network.js'
import type { SimulatedProcess } from './simulated-process.js'
import type { SimulatedTime } from './simulated-time.js'
import { simulatedTransport, type StreamTap } from './simulated-transport.js'
import { listenForSockets, type SocketTap } from './simulated-web-socket.js'

/** How long a supervisor waits until it starts a process again that has ended by itself. */
const START_AGAIN_MS = 1_000

/** What all masters of a cluster are made with. */
export interface MasterSettings {
  /** The cluster as a process has it. */
  readonly clusterOf: (process: SimulatedProcess) => Cluster
  /** What a back of a dynamic cluster is given besides. */
  readonly placeOf: (backId: string) => TestBackPlace
  readonly network: SimulatedNetwork
  readonly keepOnRestart: boolean
  readonly storedDiffers: StoredDiffers
  readonly graceMs: number | undefined
  readonly flushMs: number | undefined
  readonly backLimits: BackLimits
  readonly frontLimits: FrontLimits
  readonly gatewayLimits: GatewayLimits
  readonly linkLimits: LinkLimits
  readonly streamTap: StreamTap | null
  readonly socketTap: SocketTap | null
}

/** Of a back whose cluster has no list. */
export type TestBackPlace = Pick<BackMasterOptions, 'channels' | 'weight' | 'capacity' | 'labels'>

/** One run of a master. */
export interface TestMaster {
  readonly process: SimulatedProcess
  /** Ends it in good order. */
  stop(): Promise<void>
}

export interface TestBack<A extends App> extends TestMaster {
  readonly master: BackMaster<A>
}

export interface TestFront<A extends App> extends TestMaster {
  readonly master: FrontMaster<A>
  readonly sockets: ClientSockets
}

/** Where clients dial a front. */
export function simulatedUrlOf(frontId: string): string {
  return `ws://${frontId}/`
}

export async function startTestBack<A extends App>(
  app: App & A,
  process: SimulatedProcess,
  settings: MasterSettings,
  store: Store | undefined,
): Promise<TestBack<A>> {
  const { network, graceMs, backLimits: limits, linkLimits, streamTap, keepOnRestart, storedDiffers } = settings
  const cluster = settings.clusterOf(process)
  const place = isDynamic(cluster) ? { ...settings.placeOf(process.id), listen: `memory:${process.id}` } : {}
  const master = new BackMaster<A>(app, {
    ...place,
    id: process.id,
    cluster,
    graceMs,
    limits,
    linkLimits,
    store,
    keepOnRestart,
    storedDiffers,
    // A test is told of misspelled events, as development is.
    runtime: { ...process.runtime, isDevelopment: true },
    transport: simulatedTransport(process, network, streamTap),
  })
  await master.listen()
  return { process, master, stop: () => master.stop() }
}

/** The handlers that run across turns, each with its channel. */
export function runningOn(backs: Iterable<{ readonly master: Pick<BackMaster<App>, 'inspect'> } | null>): string[] {
  return [...backs].flatMap((back) => back?.master.inspect().handlers.running ?? [])
}

/** Starts a back again and again, as a supervisor does, for as long as what it needs cannot be reached. */
export async function untilReached(time: SimulatedTime, start: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await start()
    } catch (error) {
      if (!(error instanceof CentrumError && error.code === 'store-unavailable')) throw error
      await new Promise<void>((resolve) => void time.at(time.now + START_AGAIN_MS, resolve))
    }
  }
}

/** It dials all backs and goes on doing so. */
export function startTestFront<A extends App>(
  app: App & A,
  process: SimulatedProcess,
  settings: MasterSettings,
): TestFront<A> {
  const { network, flushMs, frontLimits: limits, linkLimits, gatewayLimits, streamTap, socketTap } = settings
  const cluster = settings.clusterOf(process)
  const master = new FrontMaster<A>(app, {
    id: process.id,
    cluster,
    publicUrl: isDynamic(cluster) ? simulatedUrlOf(process.id) : undefined,
    flushMs,
    limits,
    linkLimits,
    runtime: process.runtime,
    transport: simulatedTransport(process, network, streamTap),
  })
  const sockets = new ClientSockets(master, gatewayLimits)
  const shut = listenForSockets(process, simulatedUrlOf(process.id), network, socketTap, (carrier, client) =>
    sockets.accept(carrier, { remoteAddress: client, headers: {} }),
  )
  master.dial()
  return {
    process,
    master,
    sockets,
    async stop() {
      shut()
      await sockets.close()
      await master.stop()
    },
  }
}
