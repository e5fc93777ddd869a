// A real Bluesky network on this machine: personal data server (PDS), AppView, directory of identities (PLC).
// Ports come from the environment; says so when all of them answer, and ends on SIGTERM or when its input ends.
import { register } from 'node:module'

// PostgreSQL from the wheel has no trigram extension, which nothing but searching for people by name needs: here its
// indexes are ordinary ones. Nothing else of the network is changed.
const hook = `export async function load(url, context, next) {
  const loaded = await next(url, context)
  if (!url.includes('/bsky/dist/data-plane/server/db/migrations/')) return loaded
  const source = String(loaded.source)
    .replace('create extension if not exists pg_trgm with schema public', 'select 1')
    .replaceAll(' gist_trgm_ops', '')
    .replaceAll(".using('gist')", '')
  return { ...loaded, source }
}`
register(`data:text/javascript,${encodeURIComponent(hook)}`)

const { TestNetwork } = await import('@atproto/dev-env')
const port = (name) => Number(process.env[`${name}_PORT`])

const network = await TestNetwork.create({
  dbPostgresSchema: 'network',
  pds: { port: port('PDS'), hostname: 'localhost' },
  bsky: { port: port('APPVIEW'), dbPostgresSchema: 'appview' },
  plc: { port: port('PLC') },
  ozone: { port: port('OZONE') },
})
console.log('the network is up')

let ending = false
const end = async () => {
  if (ending) return
  ending = true
  await network.close()
  process.exit(0)
}
process.on('SIGTERM', end)
process.on('SIGINT', end)
process.stdin.on('end', end)
process.stdin.resume()
