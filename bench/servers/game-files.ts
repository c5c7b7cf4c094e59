/** Serves a built page from memory, gzipped; the same for each peer. */
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { gzipSync } from 'node:zlib'

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' }

/** Whether the request was for one of the files, and is answered. */
export function gameFiles(folder: string): (request: IncomingMessage, response: ServerResponse) => boolean {
  const files = new Map(readdirSync(folder).map((name) => [`/${name}`, gzipSync(readFileSync(join(folder, name)))]))
  return ({ url = '/' }, response) => {
    const path = url === '/' ? '/index.html' : url
    const body = files.get(path)
    if (body === undefined) return false
    const headers = {
      'content-type': TYPES[extname(path)] ?? '',
      'content-encoding': 'gzip',
      'cache-control': 'no-store',
    }
    response.writeHead(200, headers).end(body)
    return true
  }
}
