/** `centrum init`: what it writes, and what it refuses. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { initCommand, TEMPLATES } from '../../src/cli/init-command.js'
import { ownDependency } from '../../src/cli/own-dependency.js'
import { filesUnder } from '../support/files-under.js'
import { inProject } from '../support/project-root.js'

function temporary(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-init-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

async function init(...args: string[]): Promise<string> {
  const said: string[] = []
  const terminal = {
    say: (text: string) => void said.push(text),
    ask: async () => null,
    complain: (text: string) => assert.fail(text),
    end: (code: number) => assert.fail(`it ended with ${code}`),
    endNow: (code: number) => assert.fail(`it ended with ${code}`),
  }
  assert.equal(await initCommand.run(args, { terminal, environment: {} }), 0)
  return said.join('\n')
}

for (const template of TEMPLATES) {
  test(`S16 a new ${template} app has every file of its template, its name, and the package that it was made with`, async (t) => {
    const folder = join(temporary(t), 'my-app')
    const packed = join(temporary(t), 'centrum-0.1.0.tgz')
    writeFileSync(packed, 'the package')
    assert.match(await init(folder, '--centrum', packed, '--template', template), /npm install\n {2}npm run dev/)
    for (const path of filesUnder(`templates/${template}`)) {
      const name = path
        .slice(`templates/${template}/`.length)
        .replaceAll(/(^|\/)_/g, '$1.')
        .replace('.template', '')
      const text = readFileSync(join(folder, name), 'utf8')
      assert.doesNotMatch(text, /\{\{\w+\}\}/, `${name}: all is filled in`)
    }
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      name: string
      dependencies: Record<string, string>
    }
    assert.equal(manifest.name, 'my-app')
    assert.equal(manifest.dependencies['centrum'], 'file:vendor/centrum-0.1.0.tgz')
    assert.equal(readFileSync(join(folder, 'vendor/centrum-0.1.0.tgz'), 'utf8'), 'the package')
    await assert.rejects(init(folder), /it already contains .*Name a new or an empty one/)
  })
}

test('S16 a folder is refused whose name cannot be that of a package', async (t) => {
  await assert.rejects(init(join(temporary(t), 'My App')), /lower-case letters/)
  await assert.rejects(init(), /The folder is missing/)
})

test('S16 the dependency of a new app is what this one was installed from', (t) => {
  const root = join(temporary(t), 'node_modules', 'centrum')
  mkdirSync(root, { recursive: true })
  const packed = join(root, '../../centrum-0.1.0.tgz')
  writeFileSync(packed, '')
  const noted = (resolved: string): void =>
    writeFileSync(
      join(root, '../.package-lock.json'),
      JSON.stringify({ packages: { 'node_modules/centrum': { resolved } } }),
    )
  assert.deepEqual(ownDependency(root, '0.1.0'), { kind: 'spec', spec: '0.1.0' })
  noted('https://registry.npmjs.org/centrum/-/centrum-0.1.0.tgz')
  assert.deepEqual(ownDependency(root, '0.1.0'), { kind: 'spec', spec: '0.1.0' })
  noted('git+ssh://git@example.com/centrum.git#abc')
  assert.deepEqual(ownDependency(root, '0.1.0'), { kind: 'spec', spec: 'git+ssh://git@example.com/centrum.git#abc' })
  noted('file:centrum-0.1.0.tgz')
  assert.deepEqual(ownDependency(root, '0.1.0'), { kind: 'file', path: packed })
  assert.deepEqual(ownDependency(inProject(), '0.1.0'), { kind: 'spec', spec: `file:${inProject()}` })
})
