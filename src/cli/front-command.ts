/** `centrum front`: one front master of a cluster, with its gateway for clients, in this process. */
import { FRONT_OPTIONS } from '../run/role-options.js'
import { APP_ARGUMENT, defineCommand } from './command.js'
import { FRONT_LIMIT_OPTIONS } from './limit-options.js'
import { localOrigins } from './local-origins.js'
import { FRONT_FLAGS, trustedProxies } from './front-flags.js'
import { appAndCluster, expectId, ROLE_OPTIONS, runtimeOf } from './role-options.js'
import { serve } from './serve.js'
import { supervisorOf } from './supervisor.js'

const { id, port, host, adminPort, readyWhen, path, publicUrl, drainTo } = FRONT_OPTIONS

export const frontCommand = defineCommand(
  {
    name: 'front',
    summary: 'run a front, which accepts clients; start as many fronts as you need',
    usage: '<app> --cluster <file or URL> [--id <name>] [--port <number>]',
    description: [
      'Runs a front of a cluster. It accepts clients by WebSocket on its port, and links to all backs of the cluster. Start as many fronts as your clients need, each with an id of its own, behind any load balancer.',
      'It answers /healthz (the process is alive) and /readyz (each back has answered once, and the front is not draining).',
      'On SIGTERM or SIGINT it drains: it accepts no more clients, asks its clients to connect elsewhere (--drain-to), closes, and ends with exit code 0, all within --shutdown-ms. A second signal ends it at once.',
    ],
    examples: [
      ['centrum front app.ts --id front-1 --cluster cluster.json --port 8080', 'a front on port 8080 of this machine'],
      [
        'CENTRUM_KEY="$(cat key)" centrum front app.ts --id front-2 --cluster cluster.json --host 0.0.0.0',
        'a front that other machines can reach',
      ],
      [
        'centrum front app.ts --id front-1 --cluster cluster.json --drain-ms 30000 --shutdown-ms 35000',
        'give clients half a minute to leave when it drains',
      ],
      [
        'centrum front app.ts --id front-1 --cluster cluster.json --drain-to wss://two.example.com',
        'send clients to another front when it drains',
      ],
      [
        'centrum front app.ts --id front-1 --cluster cluster.json --trust-proxy 10.0.0.0/8 --origin https://example.com',
        'behind proxies of that network, for the pages of that origin',
      ],
    ],
    takes: APP_ARGUMENT,
    options: {
      id,
      ...ROLE_OPTIONS,
      port,
      host,
      adminPort,
      readyWhen,
      path,
      ...FRONT_FLAGS,
      publicUrl,
      drainTo,
    },
    limits: FRONT_LIMIT_OPTIONS.options,
  },
  async ({ argument: file, values, limits, ...surroundings }) => {
    const runtime = runtimeOf(values)
    const {
      cluster: _file,
      schema: _schema,
      key: _key,
      log: _log,
      logFormat: _format,
      drainTo: urls,
      origin: listed,
      trustProxy,
      ...listen
    } = values
    const origins = listed.length === 0 ? undefined : listed
    const start = async () => {
      expectId(values.id, values, 'Give a name that no other back or front of the cluster has, such as front-1.')
      const { app, cluster, endCluster } = await appAndCluster(file, values, runtime)
      const { startFront } = await import('../run/start-front.js')
      const front = await startFront(app, {
        ...listen,
        cluster,
        origins: supervisorOf(surroundings.environment) === null ? origins : localOrigins(listed),
        trustProxy: trustedProxies(trustProxy),
        drainTo: urls.length === 0 ? undefined : urls,
        runtime,
        ...FRONT_LIMIT_OPTIONS.grouped(limits),
      })
      const close = async (): Promise<void> => {
        await front.close()
        await endCluster()
      }
      return { where: front.url, drain: () => front.drain(), close }
    }
    return serve(start, { ...surroundings, runtime })
  },
)
