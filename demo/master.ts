/**
 * One process of the cluster, a back or a front: `master.ts back back-1` and `master.ts front front-1`. Nothing here is
 * special to a demo: the app, the list of backs, and a role.
 */
import { startBack, startFront, staticCluster, type StaticClusterOptions } from 'centrum'
import app from './app.js'
import { readyUntil } from './child.js'

const [role, id = ''] = process.argv.slice(2)
const cluster = staticCluster(JSON.parse(process.env['DEMO_CLUSTER'] ?? '{}') as StaticClusterOptions)

const server =
  role === 'back'
    ? await startBack(app, { id, cluster })
    : await startFront(app, {
        id,
        cluster,
        host: process.env['DEMO_HOST'] ?? '127.0.0.1',
        port: Number(process.env['DEMO_PORT']),
        // The page is served on another port of the same host.
        origins: (origin, { headers }) =>
          origin === undefined || new URL(origin).hostname === new URL(`http://${headers.host}`).hostname,
      })

readyUntil(() => server.close())
