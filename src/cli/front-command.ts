/** `centrum front`: one front master of a cluster, with its gateway for clients, in this process. */
import { startFront } from '../run/start-front.js'
import { defineCommand } from './command.js'
import { FRONT_LIMIT_OPTIONS } from './limit-options.js'
import type { OptionTable } from './option-kinds.js'
import { appAndCluster, CLUSTER_OPTIONS, runtimeOf } from './role-options.js'
import { serve } from './serve.js'

/** Where clients connect. */
export const LISTEN_OPTIONS = {
  port: {
    kind: 'number',
    min: 0,
    max: 65_535,
    unit: 'port',
    default: 8080,
    description: 'Where clients connect. 0: any free one, which the log tells.',
  },
  host: {
    kind: 'text',
    value: 'address',
    default: '127.0.0.1',
    description: 'The address to listen on. 0.0.0.0 or :: to be reached from other machines.',
  },
} as const satisfies OptionTable

export const frontCommand = defineCommand(
  {
    name: 'front',
    summary: 'run a front: it carries clients, and any number of fronts carry them together',
    usage: '<app> --id <name> --cluster <file> [--port <number>]',
    description: [
      'Runs a front of a cluster. It takes clients in by WebSocket on its port and links to all backs of the list. Start as many as the clients need, each with an id of its own, behind any load balancer.',
      'It answers /healthz (it is alive) and /readyz (each back has answered once, and it is not draining).',
      'SIGTERM or SIGINT drains it: it takes no more clients, asks those it has to go elsewhere (--drain-to), closes, and ends with exit code 0; a second one ends it at once.',
    ],
    examples: [
      ['centrum front app.ts --id front-1 --cluster cluster.json --port 8080', 'a front on port 8080 of this machine'],
      [
        'CENTRUM_KEY="$(cat key)" centrum front app.ts --id front-2 --cluster cluster.json --host 0.0.0.0',
        'reached from other machines',
      ],
      [
        'centrum front app.ts --id front-1 --cluster cluster.json --drain-ms 30000',
        'give clients half a minute to leave',
      ],
      [
        'centrum front app.ts --id front-1 --cluster cluster.json --drain-to wss://two.example.com',
        'send them to another front',
      ],
    ],
    takesApp: true,
    options: {
      id: {
        kind: 'text',
        value: 'name',
        required: 'Give it a name that no other master of the cluster has: --id front-1.',
        description: 'Its name, unique among all masters of the cluster.',
      },
      ...CLUSTER_OPTIONS,
      ...LISTEN_OPTIONS,
      adminPort: {
        kind: 'number',
        min: 0,
        max: 65_535,
        unit: 'port',
        description:
          "A port of its own for /healthz and /readyz, on the same host. They are on the clients' port, unless given.",
      },
      path: {
        kind: 'text',
        value: 'path',
        description: 'The path that clients connect to, such as /play. Any, unless given.',
      },
      drainTo: {
        kind: 'texts',
        value: 'url',
        description:
          'The public URL of another front (ws:, wss:, http: or https:), where its clients are asked to go when it drains. The flag may be given several times, the variable separates URLs by commas; clients are spread over them. Unless given, they dial again by the URLs that they have.',
      },
    },
    limits: FRONT_LIMIT_OPTIONS.options,
  },
  async ({ app: file, values, limits, ...surroundings }) => {
    const runtime = runtimeOf(values)
    const { id, host, port, adminPort, path, drainTo } = values
    const start = async () => {
      const { app, cluster } = await appAndCluster(file, values, runtime.random, surroundings.environment)
      const front = await startFront(app, {
        id,
        cluster,
        host,
        port,
        adminPort,
        path,
        drainTo: drainTo.length === 0 ? undefined : drainTo,
        runtime,
        ...FRONT_LIMIT_OPTIONS.grouped(limits),
      })
      return { where: front.url, drain: () => front.drain(), close: () => front.close() }
    }
    return serve(start, { ...surroundings, runtime })
  },
)
