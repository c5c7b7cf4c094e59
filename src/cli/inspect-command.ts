/** `centrum inspect`: a page that shows what is in a cluster and what happens in its channels, in this process. */
import { TEXTS } from '../options/option-kinds.js'
import { FRONT_OPTIONS } from '../run/role-options.js'
import { APP_ARGUMENT, defineCommand } from './command.js'
import { appAndCluster, ROLE_OPTIONS, runtimeOf } from './role-options.js'
import { serve } from './serve.js'

const INSPECTOR_PORT = 8079

export const inspectCommand = defineCommand(
  {
    name: 'inspect',
    summary: 'serve a page that shows channels and their states, for development',
    usage: '<app> --id <name> --cluster <file> [--front <url>]',
    description: [
      'Serves a page on this machine that shows the open channels of a cluster, the state of one of them as a live tree, its patches and events, and a form that sends the messages that the app declares, over a simulated network as good or bad as you like.',
      'The page shows all state to anyone who can reach its port, so it is for development only. A channel that is watched counts as linked, so that it keeps ticking. centrum dev runs this page by itself.',
    ],
    examples: [
      [
        'centrum inspect app.ts --id inspector --cluster cluster.json --front http://127.0.0.1:8080',
        'on http://127.0.0.1:8079',
      ],
    ],
    takes: APP_ARGUMENT,
    options: {
      id: {
        ...FRONT_OPTIONS.id,
        required: 'Give a name that no other back or front of the cluster has, such as inspector.',
      },
      ...ROLE_OPTIONS,
      port: { ...FRONT_OPTIONS.port, default: INSPECTOR_PORT, description: 'The port of the page. 0: any free port.' },
      front: {
        ...TEXTS,
        value: 'url',
        description: 'A URL at which clients of the app connect; the form on the page offers it.',
      },
    },
    limits: {},
  },
  async ({ argument: file, values, ...surroundings }) => {
    const runtime = runtimeOf(values)
    const start = async () => {
      const { app, cluster, endCluster } = await appAndCluster(file, values, runtime)
      const { startInspector } = await import('../inspector/start-inspector.js')
      const inspector = await startInspector(app, { ...values, fronts: values.front, cluster, runtime })
      return { where: inspector.url, close: () => inspector.close().then(endCluster) }
    }
    return serve(start, { ...surroundings, runtime })
  },
)
