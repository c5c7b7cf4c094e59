/**
 * What can happen to a client around its handlers, moment by moment, and which handlers run then: the table of docs/guide.md, for whoever
 * drives it. Knows nothing of how clients connect.
 */
import { defineApp } from '../../src/channel/define-app.js'
import { defineChannel } from '../../src/channel/define-channel.js'
import { LinkRefused } from '../../src/channel/link-refused.js'
import { unchecked } from '../../src/channel/schema.js'

/** How a handler goes. `waits`: until the test opens a gate. */
type Way = 'goes' | 'throws' | 'refuses' | 'waits' | 'hangs'

export type Step =
  /** From here on the handler goes this way. */
  | readonly ['let', 'onLink' | 'onUnlink' | 'onDrop' | 'onResume', Way]
  /** The client links; its socket is lost; it is there again; it unlinks; it says goodbye. */
  | readonly ['link' | 'lose' | 'return' | 'unlink' | 'bye']
  /** Another client has it kicked; the back closes the channel. */
  | readonly ['kick' | 'close']
  /** All handlers that wait go on. */
  | readonly ['open']

export interface Moment {
  readonly what: string
  readonly steps: readonly (readonly [step: Step, ...calls: string[]])[]
}

/** Milliseconds: short, as real sockets wait for them. `handlerMsMax` is longer than the grace, so that a slow `onDrop` outlasts it. */
export const GRACE_MS = 400
export const HANDLER_MS_MAX = 1_500

export const MOMENTS: readonly Moment[] = [
  {
    what: 'it links and unlinks',
    steps: [
      [['link'], 'onLink'],
      [['unlink'], 'onUnlink'],
    ],
  },
  {
    what: 'it closes its connection',
    steps: [
      [['link'], 'onLink'],
      [['bye'], 'onUnlink'],
    ],
  },
  {
    what: '`onLink` refuses or throws',
    steps: [
      [['let', 'onLink', 'refuses']],
      [['link'], 'onLink refuses'],
      [['let', 'onLink', 'throws']],
      [['link'], 'onLink throws'],
      [['lose']],
      [['return']],
    ],
  },
  {
    what: '`onLink` takes longer than `handlerMsMax`',
    steps: [[['let', 'onLink', 'hangs']], [['link'], 'onLink hangs'], [['lose']], [['return']]],
  },
  {
    what: 'contact is lost and found while `onLink` runs',
    steps: [
      [['let', 'onLink', 'waits']],
      [['link'], 'onLink begins'],
      [['lose']],
      [['return']],
      [['open'], 'onLink'],
      [['unlink'], 'onUnlink'],
    ],
  },
  {
    what: 'contact is lost while `onLink` runs, and found after it',
    steps: [
      [['let', 'onLink', 'waits']],
      [['link'], 'onLink begins'],
      [['lose']],
      [['open'], 'onLink', 'onDrop'],
      [['return'], 'onResume'],
      [['unlink'], 'onUnlink'],
    ],
  },
  {
    what: 'contact is lost while `onLink` runs, and is not found',
    steps: [
      [['let', 'onLink', 'waits']],
      [['link'], 'onLink begins'],
      [['lose']],
      [['open'], 'onLink', 'onDrop', 'onUnlink'],
    ],
  },
  {
    what: 'it is kicked while `onLink` runs',
    steps: [[['let', 'onLink', 'waits']], [['link'], 'onLink begins'], [['kick']], [['open'], 'onLink', 'onUnlink']],
  },
  {
    what: 'the channel closes while `onLink` runs',
    steps: [
      [['let', 'onLink', 'waits']],
      [['link'], 'onLink begins'],
      [['close']],
      [['open'], 'onLink', 'onUnlink', 'onClose'],
    ],
  },
  {
    what: 'it says goodbye while `onLink` runs',
    steps: [[['let', 'onLink', 'waits']], [['link'], 'onLink begins'], [['bye']], [['open'], 'onLink', 'onUnlink']],
  },
  {
    what: 'contact is lost and found',
    steps: [
      [['link'], 'onLink'],
      [['lose'], 'onDrop'],
      [['return'], 'onResume'],
      [['lose'], 'onDrop'],
      [['return'], 'onResume'],
      [['unlink'], 'onUnlink'],
    ],
  },
  {
    what: 'contact is lost, and the grace ends',
    steps: [
      [['link'], 'onLink'],
      [['lose'], 'onDrop', 'onUnlink'],
    ],
  },
  {
    what: '`onDrop` and `onResume` throw',
    steps: [
      [['let', 'onDrop', 'throws']],
      [['let', 'onResume', 'throws']],
      [['link'], 'onLink'],
      [['lose'], 'onDrop throws'],
      [['return'], 'onResume throws'],
      [['unlink'], 'onUnlink'],
    ],
  },
  {
    what: 'contact is found while `onDrop` runs',
    steps: [
      [['let', 'onDrop', 'waits']],
      [['link'], 'onLink'],
      [['lose'], 'onDrop begins'],
      [['return']],
      [['open'], 'onDrop', 'onResume'],
      [['unlink'], 'onUnlink'],
    ],
  },
  {
    what: 'contact is lost while `onResume` runs',
    steps: [
      [['let', 'onResume', 'waits']],
      [['link'], 'onLink'],
      [['lose'], 'onDrop'],
      [['return'], 'onResume begins'],
      [['lose']],
      [['open'], 'onResume', 'onDrop', 'onUnlink'],
    ],
  },
  {
    what: 'the grace ends while `onDrop` runs, which outlasts it',
    steps: [[['let', 'onDrop', 'hangs']], [['link'], 'onLink'], [['lose'], 'onDrop hangs', 'onUnlink']],
  },
  {
    what: 'it is kicked',
    steps: [
      [['link'], 'onLink'],
      [['kick'], 'onUnlink'],
    ],
  },
  {
    what: 'it is kicked during the grace',
    steps: [
      [['link'], 'onLink'],
      [['lose'], 'onDrop'],
      [['kick'], 'onUnlink'],
    ],
  },
  {
    what: 'it is kicked while `onDrop` runs',
    steps: [
      [['let', 'onDrop', 'waits']],
      [['link'], 'onLink'],
      [['lose'], 'onDrop begins'],
      [['kick']],
      [['open'], 'onDrop', 'onUnlink'],
    ],
  },
  {
    what: 'the channel closes',
    steps: [
      [['link'], 'onLink'],
      [['close'], 'onUnlink', 'onClose'],
    ],
  },
  {
    what: 'the channel closes during the grace',
    steps: [
      [['link'], 'onLink'],
      [['lose'], 'onDrop'],
      [['close'], 'onUnlink', 'onClose'],
    ],
  },
  {
    what: 'the channel closes while `onDrop` runs',
    steps: [
      [['let', 'onDrop', 'waits']],
      [['link'], 'onLink'],
      [['lose'], 'onDrop begins'],
      [['close']],
      [['open'], 'onDrop', 'onUnlink', 'onClose'],
    ],
  },
  {
    what: '`onUnlink` throws, and it links again',
    steps: [
      [['let', 'onUnlink', 'throws']],
      [['link'], 'onLink'],
      [['unlink'], 'onUnlink throws'],
      [['link'], 'onLink'],
      [['bye'], 'onUnlink throws'],
    ],
  },
  {
    what: 'contact is lost, or it is kicked, while `onUnlink` runs',
    steps: [
      [['let', 'onUnlink', 'waits']],
      [['link'], 'onLink'],
      [['unlink'], 'onUnlink begins'],
      [['lose']],
      [['kick']],
      [['open'], 'onUnlink'],
    ],
  },
  {
    what: 'the channel closes while `onUnlink` runs',
    steps: [
      [['let', 'onUnlink', 'waits']],
      [['link'], 'onLink'],
      [['unlink'], 'onUnlink begins'],
      [['close']],
      [['open'], 'onUnlink', 'onClose'],
    ],
  },
]

/** An app whose handlers say that they run, and go the way that the test lets them. */
export function pairApp() {
  const calls: string[] = []
  const ways = new Map<string, Way>()
  let gates: (() => void)[] = []
  const run = (handler: string): void | Promise<void> => {
    const way = ways.get(handler) ?? 'goes'
    switch (way) {
      case 'goes':
        return void calls.push(handler)
      case 'refuses':
      case 'throws':
        calls.push(`${handler} ${way}`)
        throw way === 'refuses' ? new LinkRefused('not now') : new Error('as the test wants it')
      case 'hangs':
        calls.push(`${handler} hangs`)
        return new Promise<void>(() => undefined)
      case 'waits':
        calls.push(`${handler} begins`)
        return new Promise<void>((resolve) => gates.push(resolve)).then(() => void calls.push(handler))
    }
  }
  const room = defineChannel({
    state: () => ({}),
    data: unchecked<{ readonly isAdmin: boolean } | undefined>(),
    messages: { kick: unchecked<string>() },
    tickMs: 10,
    graceMs: GRACE_MS,
    handlerMsMax: HANDLER_MS_MAX,
  }).implement({
    onLink: (_ctx, client) => (client.data?.isAdmin ? undefined : run('onLink')),
    onUnlink: (_ctx, client) => (client.data?.isAdmin ? undefined : run('onUnlink')),
    onDrop: (_ctx, client) => (client.data?.isAdmin ? undefined : run('onDrop')),
    onResume: (_ctx, client) => (client.data?.isAdmin ? undefined : run('onResume')),
    onClose: () => void calls.push('onClose'),
    onMessage: { kick: (ctx, _client, id) => ctx.kick({ id }, 'as the test wants it') },
  })
  const app = defineApp({
    channels: { room },
    authenticate: ({ token }) => ({ userId: token ?? 'nobody', data: { isAdmin: token === 'admin' } }),
  })
  const open = (): void => {
    ways.clear()
    for (const each of gates) each()
    gates = []
  }
  return { app, calls, open, let: (handler: string, way: Way) => void ways.set(handler, way) }
}
