/**
 * docs/learn-cluster.md as its reader meets it: an app in a folder of its own with the packed package, its commands one after the other, from
 * one process with a file to two on PostgreSQL, of which one is killed. Both machines are this one.
 */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { cleanUp } from '../support/clean-up.js'
import { codeFiles, textOf } from '../support/documents.js'
import { emptyFolder, packCentrum, runShell, ShellProcess } from '../support/installed.js'
import { freePort } from '../support/postgres-node.js'
import { postgresMissing, startPostgres } from '../support/postgres-server.js'
import { sqliteNode } from '../support/sqlite-node.js'

const DOCUMENT = 'docs/learn-cluster.md'
const TOOLS = 'zod tsx@4 typescript@5.9 @types/node@24'

/** Its commands, in order. */
const commands = [...textOf(DOCUMENT).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, text = '']) => text.trim())

/** The first command that holds this. */
function command(part: string): string {
  return commands.find((text) => text.includes(part)) ?? assert.fail(`${DOCUMENT} has no command with ${part}`)
}

test('[G4] [G8] from one process with a file to two on PostgreSQL: the document, command by command', async (t) => {
  if (postgresMissing) return t.skip(postgresMissing)
  const app = emptyFolder(t)
  for (const [name, code] of codeFiles(DOCUMENT)) {
    mkdirSync(dirname(join(app, name)), { recursive: true })
    writeFileSync(join(app, name), code)
  }
  const server = await startPostgres()
  cleanUp(t, () => server.stop())
  const [one, two, linkOne, linkTwo] = await Promise.all(Array.from({ length: 4 }, () => freePort()))
  const bin = dirname(await sqliteNode())
  const own = (text: string): string =>
    `export PATH='${bin}':"$PATH" DATABASE_URL='${server.url}'\n${text}`
      .replaceAll('http://10.0.0.5:8080', `http://127.0.0.1:${one}`)
      .replaceAll('http://10.0.0.6:8080', `http://127.0.0.1:${two}`)
  const run = (text: string): Promise<string> => runShell(t, app, own(text))
  await run(`npm init -y && npm pkg set type=module && npm install '${await packCentrum(t)}' ${TOOLS}`)
  await run('npx tsc --noEmit --strict --module nodenext --target es2022 one.ts vote.ts')

  const votes = async (text: string): Promise<string> => (await run(text)).trim().split('\n').at(-1) ?? ''
  const first = async (): Promise<ShellProcess> => {
    const process = new ShellProcess(t, app, own(command('one.ts').replace('npx', 'exec npx')))
    await process.says(/Listening at/)
    return process
  }
  const before = await first()
  assert.equal(await votes(command('vote.ts tea')), 'tea: 1')
  await before.kill()
  const again = await first()
  assert.equal(await votes(command('vote.ts tea')), 'tea: 2')
  await again.kill()

  await run(command('npm install pg'))
  const key = (await run('npx centrum key')).trim()
  const inCluster = (text: string): string => `export CENTRUM_KEY='${key}'\n${text}`
  await run(inCluster(command('centrum store export')))

  const machines = commands.filter((text) => text.includes('many.ts'))
  assert.equal(machines.length, 2)
  const start = async (text: string, port: number, link: number): Promise<ShellProcess> => {
    const here = text
      .replace(/HOST=\S+ /, `PORT=${port} `)
      .replace(/LISTEN=\S+/, `LISTEN=tcp://127.0.0.1:${link}`)
      .replace(/ADVERTISE=\S+/, `ADVERTISE=tcp://127.0.0.1:${link}`)
      .replace(/PUBLIC_URL=\S+/, `PUBLIC_URL=ws://127.0.0.1:${port}`)
    const process = new ShellProcess(t, app, own(inCluster(here)))
    await process.says(/Listening at/)
    return process
  }
  const cluster = [
    await start(machines[0] ?? '', one ?? 0, linkOne ?? 0),
    await start(machines[1] ?? '', two ?? 0, linkTwo ?? 0),
  ]
  const [status = '', vote = ''] = command('centrum cluster status').split('\n')
  const listed = await run(inCluster(status))
  for (const link of [linkOne, linkTwo]) assert.ok(listed.includes(`tcp://127.0.0.1:${link}`), listed)
  assert.equal(await votes(vote), 'tea: 3')

  const channels = await run(inCluster(`${status.replace('status', 'channels')} --json`))
  const owner = /"owner":"([^"]+)"/.exec(channels)?.[1] ?? assert.fail(channels)
  const backs = await run(inCluster(`${status} --json`))
  const isFirst = backs.split('{').some((text) => text.includes(`"${owner}"`) && text.includes(`:${linkOne}"`))
  await cluster[isFirst ? 0 : 1]?.kill()
  assert.equal(await votes(vote), 'tea: 4')
})
