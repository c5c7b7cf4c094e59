/** A process that has a store's file open and does with its journal what it is told: what tests of crashes kill. */
import { fork } from 'node:child_process'
import type { TestContext } from 'node:test'
import { SqliteFileStore } from '../../src/sqlite/sqlite-store.js'
import type { Commit, Journal } from '../../src/store/store.js'
import { claimed, memberOf } from '../contract/store-place.js'
import { cleanUp } from './clean-up.js'
import { ownExecArgv, ownFile } from './own-file.js'

type Order = { readonly claim: string } | { readonly append: Commit }

export interface StoreProcess {
  readonly pid: number
  /** What it has written to stderr. */
  readonly stderr: () => string
  claim(channelId: string): Promise<number>
  append(commit: Commit): Promise<string>
  kill(): Promise<void>
}

/** Resolves when it has joined; rejects with the code of the error where it could not. */
export async function startStoreProcess(t: TestContext, path: string): Promise<StoreProcess> {
  const child = fork(ownFile('test/support/store-process.ts'), [path], {
    execArgv: [...ownExecArgv],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await exited
  }
  cleanUp(t, kill)
  const answer = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve)
      void exited.then(() => reject(new Error(`the process ended: ${stderr}`)))
    })
  const ask = async (order: Order): Promise<unknown> => {
    child.send(order)
    return answer()
  }
  const joined = await answer()
  if (joined !== 'joined') throw new Error(String(joined))
  return {
    pid: child.pid ?? 0,
    stderr: () => stderr,
    claim: async (claim) => Number(await ask({ claim })),
    append: async (append) => String(await ask({ append })),
    kill,
  }
}

const [, file, path] = process.argv
if (path !== undefined && file === ownFile('test/support/store-process.ts')) {
  const store = new SqliteFileStore(path, 0, 2 ** 20)
  store.join(memberOf('b1')).then(serve, (error: { code?: string }) => process.send?.(String(error.code)))
}

function serve(journal: Journal): void {
  process.on('message', (order: Order) => {
    const answer =
      'claim' in order
        ? claimed(journal, order.claim).then(({ epoch }) => epoch)
        : journal.append(order.append).then(({ outcome }) => outcome)
    void answer.then((value) => process.send?.(value))
  })
  process.send?.('joined')
}
