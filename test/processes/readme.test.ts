/** The README runs: from an empty folder, as it is written, but for the install, which takes the packed package, and the port, which may be taken. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../src/cli/free-port.js'
import { emptyFolder, packCentrum, runShell, ShellProcess } from '../support/installed.js'
import { inProject } from '../support/project-root.js'

interface Block {
  readonly language: string
  readonly text: string
}

test('the README runs from an empty folder, as it is written', async (t) => {
  const readme = readFileSync(inProject('README.md'), 'utf8')
  const folder = emptyFolder(t)
  const tarball = await packCentrum(t)
  const port = String(await freePort('127.0.0.1', 20_000 + (process.pid % 20_000)))
  const blocks = codeBlocks(section(readme, 'One minute')).map(({ language, text }) => ({
    language,
    text: text.replaceAll('8080', port).replace('npm install centrum', `npm install '${tarball}'`),
  }))
  assert.ok(blocks[0]?.text.includes(tarball), 'the first block installs centrum')
  const commands = blocks.filter(({ language }) => language === 'sh').map(({ text }) => text.trim())
  const files = blocks.filter(({ language }) => language === 'ts').map(({ text }) => text)
  const names = files.map((text) => /^\/\/ (\S+\.ts)\b/.exec(text)?.[1] ?? assert.fail(`no name: ${text}`))
  assert.deepEqual(names, ['app.ts', 'server.ts', 'client.ts'])
  for (const [i, name] of names.entries()) writeFileSync(join(folder, name), files[i] ?? '')

  const [install = '', serve = '', connect = '', ...more] = commands
  assert.deepEqual(more, [], 'each command of the section is run here')
  await runShell(t, folder, install)
  const server = new ShellProcess(t, folder, serve)
  await server.says(new RegExp(`Listening at http://127\\.0\\.0\\.1:${port}`))
  await new ShellProcess(t, folder, connect).says(/count: 1\n/)
  await new ShellProcess(t, folder, connect).says(/count: 2\n/)
  await server.kill()

  const [dev] = codeBlocks(section(readme, 'From one process to many'))
  const run = new ShellProcess(t, folder, `${dev?.text.trim()} --port ${port}`)
  await run.says(/Ready/)
  await new ShellProcess(t, folder, connect).says(/count: 1\n/)
})

function section(text: string, heading: string): string {
  const [, found] = text.split(`\n## ${heading}\n`)
  return found?.split('\n## ')[0] ?? assert.fail(`the README has no section ${heading}`)
}

function codeBlocks(text: string): Block[] {
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', block = '']) => ({
    language,
    text: block,
  }))
}
