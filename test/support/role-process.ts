/** A back or a front as a process of its own, for tests: told what to be by its parent, and asked by messages. */
import { startBack, startFront, staticCluster, type BackDescriptor } from '../../src/index.js'
import type { GatewayLimits } from '../../src/gateway/gateway-limits.js'
import app from './system-app.js'

export interface RoleSettings {
  readonly role: 'back' | 'front'
  readonly id: string
  readonly backs: readonly BackDescriptor[]
  readonly key: string
  readonly graceMs?: number
  readonly heartbeatMs?: number
  /** 0 for any free one. */
  readonly port?: number
  /** A front's, for its clients. */
  readonly gatewayLimits?: Partial<GatewayLimits>
  /** A front's: the proxies before it. */
  readonly trustProxy?: number | string
  /** A front's, for its clients when it drains. */
  readonly drainTo?: readonly string[]
}

export type Question = { readonly ask: 'inspect' } | { readonly ask: 'sockets' } | { readonly ask: 'stop' }

const settings = JSON.parse(process.argv[2] ?? '{}') as RoleSettings
const cluster = staticCluster({ backs: settings.backs, key: settings.key })
const linkLimits = settings.heartbeatMs === undefined ? {} : { heartbeatMs: settings.heartbeatMs }
const { id } = settings
try {
  const running =
    settings.role === 'back'
      ? await startBack(app, {
          id,
          cluster,
          linkLimits,
          ...(settings.graceMs === undefined ? {} : { graceMs: settings.graceMs }),
        })
      : await startFront(app, {
          id,
          cluster,
          linkLimits,
          port: settings.port ?? 0,
          gatewayLimits: settings.gatewayLimits,
          drainTo: settings.drainTo,
          trustProxy: settings.trustProxy,
        })
  const url = 'url' in running ? running.url : ''
  const stop = async (): Promise<void> => {
    if ('drain' in running) await running.drain()
    await running.close()
    process.exit(0)
  }
  process.on('message', ({ ask }: Question) => {
    if (ask === 'inspect') process.send?.({ answer: running.inspect() })
    else if (ask === 'sockets') process.send?.({ answer: socketCount() })
    else void stop()
  })
  process.on('disconnect', () => process.exit(0))
  // As `centrum front` does.
  process.on('SIGTERM', () => void stop())
  process.send?.({ answer: { url } })
} catch (error) {
  process.send?.({ failed: error instanceof Error ? error.message : String(error) })
}

/** Connections of this process, listening sockets not counted. */
function socketCount(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'PipeWrap' || name === 'TCPSocketWrap').length
}
