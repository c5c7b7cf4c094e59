/** Tests that need a Node with SQLite: here where this one has it, else in a process of one that has. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { ownExecArgv, ownFile } from './own-file.js'
import { projectRoot } from './project-root.js'
import { hasSqlite, sqliteNode } from './sqlite-node.js'

/** `file`: the test file that calls, below the project. */
export function runOnSqliteNode(file: string, declareTests: () => void): void {
  if (hasSqlite) {
    declareTests()
    return
  }
  test(`${file} passes on a Node that has SQLite`, async () => {
    const node = await sqliteNode()
    const args = [...ownExecArgv, ownFile('test/runner/test-process.ts'), file]
    const { status, stdout } = spawnSync(node, args, { cwd: projectRoot, encoding: 'utf8', env: environment() })
    assert.equal(status, 0, stdout)
    const count = Number(/^ℹ pass (\d+)$|^# pass (\d+)$/m.exec(stdout)?.slice(1).find(Boolean) ?? 0)
    assert.ok(count > 0, `no test was run:\n${stdout}`)
    assert.match(stdout, /^(ℹ|#) skipped 0$/m)
  })
}

/** Without what tells a process that it is a test file of a runner. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _, ...rest } = process.env
  return rest
}
