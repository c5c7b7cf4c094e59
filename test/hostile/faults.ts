/** What an application's code does wrong, by name: a client of `faulty/:id` says which. */

type Loose = { readonly [name: string]: (...args: unknown[]) => unknown }

const bare = (): object => Object.create(null) as object
/** What is thrown is not always an error. */
function hurl(thrown: unknown): never {
  throw thrown as Error
}
/** Above what may be sent. Made once: what is measured is what becomes of it, not what it costs to make. */
const TOO_MUCH = new Uint8Array(9 << 20)
const THEN = ['th', 'en'].join('')
const stateOf = (ctx: Loose): Record<string, unknown> => ctx['state'] as unknown as Record<string, unknown>

const FAULTS: { readonly [name: string]: (ctx: Loose, client: Loose) => unknown } = {
  'throws something bare': () => hurl(bare()),
  'rejects with something bare': () => new Promise(() => hurl(bare())),
  'throws an error that cannot be read': () =>
    hurl(
      Object.defineProperty(new Error('x'), 'stack', {
        get() {
          hurl(bare())
        },
      }),
    ),
  'throws a symbol': () => hurl(Symbol('x')),
  'gives a thenable that throws': () => ({ [THEN]: () => hurl(bare()) }),
  'gives what never settles': () => new Promise(() => {}),
  'kicks nobody': (ctx) => ctx['kick']?.(undefined),
  'kicks for no words': (ctx) => ctx['kick']?.({ id: 'nobody' }, bare()),
  'excepts an id': (ctx, client) => ctx['broadcast']?.('note', 1, { except: client['id'] }),
  'broadcasts no event': (ctx) => ctx['broadcast']?.(undefined),
  'sends what does not fit': (_ctx, client) => client['send']?.('note', 'text'),
  'sends too much': (_ctx, client) => client['send']?.('heavy', TOO_MUCH),
  'broadcasts too much': (ctx) => ctx['broadcast']?.('heavy', TOO_MUCH),
  'answers too much': () => TOO_MUCH,
  'answers what cannot be encoded': () => ({ run() {} }),
  'sets a timer for nothing': (ctx) => ctx['after']?.(bare(), 'nothing'),
  'sets a timer that throws': (ctx) => ctx['after']?.(1, 'later', null),
  'keeps a getter that throws': (ctx) => {
    stateOf(ctx)['things'] = Object.defineProperty({}, 'x', { enumerable: true, get: () => hurl(bare()) })
    queueMicrotask(() => quietly(() => (stateOf(ctx)['things'] = {})))
  },
  'keeps a function': (ctx) => void (stateOf(ctx)['things'] = { run() {} }),
  'mends its state': (ctx) => void (stateOf(ctx)['things'] = {}),
  'nests too deep': (ctx) => {
    let value: unknown = 0
    for (let depth = 0; depth < 500; depth++) value = [value]
    stateOf(ctx)['things'] = { value }
  },
  'closes itself for no words': (ctx) => ctx['close']?.(bare()),
  'leaves a promise to its schema': (ctx) =>
    ctx['broadcast']?.(
      'note',
      Promise.reject(new Error('x')).catch(() => 1),
    ),
  'logs a lot': (ctx) => {
    const log = ctx['log'] as unknown as { info(text: string): void }
    for (let i = 0; i < 100; i++) log.info('x'.repeat(1_000))
  },
  'uses a context that is over': (ctx) => {
    queueMicrotask(() => quietly(() => ctx['broadcast']?.('note', 1)))
  },
}

export const FAULT_NAMES = Object.keys(FAULTS)

/** Does what is wrong by that name. */
export function fault(name: string, ctx: object, client: object): unknown {
  return FAULTS[name]?.(ctx as Loose, client as Loose)
}

function quietly(run: () => unknown): void {
  try {
    run()
  } catch {
    // What is over throws: that is right.
  }
}
