/** HAProxy and nginx as the documents configure them: the very text, with the addresses, the port and the certificate of the test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { cleanUp } from './clean-up.js'
import { hasProgram, installDebian } from './debian.js'
import { textOf } from './documents.js'
import { until } from './until.js'

export type ProxyName = 'nginx' | 'haproxy'

/** The blocks of docs/operate.md in the language of a proxy, in their order. */
export function documentedConfigurations(name: ProxyName): readonly string[] {
  return [...textOf('docs/operate.md').matchAll(new RegExp(`^\`\`\`${name}\n(.*?)^\`\`\``, 'gms'))].map(
    ([, text = '']) => text,
  )
}

/** Debian keeps them where only root looks. */
function programOf(name: ProxyName): string {
  const find = (): string | undefined => [name, `/usr/sbin/${name}`].find((path) => hasProgram(path) || runs(path))
  const { message } = find() === undefined ? installDebian([name]) : { message: '' }
  const program = find()
  if (program === undefined) throw new Error(`There is no ${name} here. ${message}`)
  return program
}

function runs(program: string): boolean {
  try {
    execFileSync(program, ['-v'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** nginx serves what is in its `http`, and would write beside what it serves. */
function wholeNginx(folder: string, text: string): string {
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/${kind};`,
  )
  const head = `user ${process.getuid?.() === 0 ? 'root' : 'nobody'};\npid ${folder}/nginx.pid;\nerror_log ${folder}/log;\n`
  return `${head}events { worker_connections 4096; }\nhttp {\naccess_log off;\n${places.join('\n')}\n${text}\n}\n`
}

/** Starts it before the fronts with these ports, and resolves with its URL once it accepts connections. */
export async function startProxy(
  t: TestContext,
  name: ProxyName,
  text: string,
  port: number,
  fronts: readonly number[],
): Promise<string> {
  const program = programOf(name)
  const folder = mkdtempSync(join(tmpdir(), 'centrum-proxy-'))
  certify(folder)
  const own = fronts
    .reduce((rest, front, i) => rest.replaceAll(`10.0.0.2${i + 1}:8080`, `127.0.0.1:${front}`), text)
    .replace(/(listen|bind :)( ?)443\b/, (_, word: string, space: string) => `${word}${space}${port}`)
    .replaceAll('/etc/ssl/', `${folder}/`)
  const file = join(folder, 'configuration')
  writeFileSync(file, name === 'nginx' ? wholeNginx(folder, own) : own)
  mkdirSync(join(folder, 'proxy'), { recursive: true })
  const args = name === 'nginx' ? ['-p', folder, '-c', file, '-g', 'daemon off;'] : ['-f', file, '-db']
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (data: Buffer) => (said += data.toString()))
  cleanUp(t, async () => {
    await ended(child)
    rmSync(folder, { recursive: true, force: true })
  })
  await until(`${name} accepts connections`, () => {
    if (child.exitCode !== null) throw new Error(`${name} ended: ${said}\n${own}`)
    return accepts(port)
  })
  return `https://127.0.0.1:${port}/play`
}

/** A certificate that nobody signed, with its key: beside it for nginx, in the same file for HAProxy. */
function certify(folder: string): void {
  const [certificate, key] = [join(folder, 'play.pem'), join(folder, 'play.key')]
  const subject = ['-subj', '/CN=play.example.com', '-days', '2']
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...subject],
    { stdio: 'ignore' },
  )
  appendFileSync(certificate, readFileSync(key))
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}
