// Runs @cloud-copilot/iam-simulate over cases: a case a line in, `{"name", "decision"}` a line out.
//
// Cases have the format of vectors/README.md, with documents as objects and all condition keys given. The
// package's `runSimulation` drops keys that its data do not know, such as an issuer's `aud` and `sub`, so
// its core is called. A worker evaluates; where it is silent for longer than LIMIT on one case (some
// patterns keep it busy for ever), the case gets an `error`, and a fresh worker takes the next.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads')

const LIMIT = 2000

function main() {
  const lines = fs.readFileSync(0, 'utf8').split('\n').filter((line) => line.trim() !== '')
  const results = []
  const endless = new Set()
  const start = () => {
    const at = new Int32Array(new SharedArrayBuffer(4))
    const worker = new Worker(__filename, { workerData: { lines, at, endless, from: results.length } })
    let seen = -1
    const watch = setInterval(() => {
      const now = Atomics.load(at, 0)
      if (now !== seen || now === 0) {
        seen = now
        return
      }
      // Results that were not told yet are worked out once more.
      endless.add(now - 1)
      clearInterval(watch)
      worker.removeAllListeners('message')
      worker.terminate().then(start)
    }, LIMIT)
    worker.on('message', (batch) => {
      results.push(...batch)
      if (results.length === lines.length) {
        clearInterval(watch)
        process.stdout.write(results.map((result) => JSON.stringify(result) + '\n').join(''))
      }
    })
    worker.on('error', (error) => {
      throw error
    })
  }
  start()
}

function work({ lines, at, endless, from }) {
  const root = path.dirname(require.resolve('@cloud-copilot/iam-simulate'))
  const core = (file) => require(path.join(root, file))
  const { authorize } = core('core_engine/CoreSimulatorEngine.js')
  const { AwsRequestImpl } = core('request/request.js')
  const { RequestContextImpl } = core('requestContext.js')
  const { loadPolicy } = require('@cloud-copilot/iam-policy')

  const policies = (documents, field) =>
    (documents ?? []).map((document, index) => loadPolicy(document, { name: `${field}[${index}]` }))
  const levels = (list) =>
    (list ?? []).map((level, index) => ({
      orgIdentifier: `level-${index}`,
      policies: policies(level, `level-${index}`)
    }))
  const principal = (given) => {
    if (given === '*') return { type: 'Anonymous' }
    return typeof given === 'string' ? given : Object.values(given)[0]
  }
  const context = (given) => {
    const kept = {}
    for (const [key, value] of Object.entries(given ?? {})) {
      if (value === null) continue
      kept[key] = Array.isArray(value) ? value.map(String) : String(value)
    }
    return new RequestContextImpl(kept)
  }

  // Asked for where a value holds a variable, although it bears on the other mode only.
  const unconstrained = { constraintFor: () => ({ explicitlyConfigured: false }) }

  const decide = (one) => {
    const asked = one.request
    const session = policies(one.sessionPolicies, 'session')
    if (session.length > 1) throw new Error('the package takes one session policy')
    const resource = { resource: asked.resource, accountId: asked.resourceAccountId }
    const request = new AwsRequestImpl(
      principal(asked.principal),
      resource,
      asked.action,
      context(asked.context),
      asked.resource === '*'
    )
    const boundaries = policies(one.permissionBoundaries, 'boundary')
    const { result } = authorize({
      request,
      sessionPolicy: session[0],
      identityPolicies: policies(one.identityPolicies, 'identity'),
      serviceControlPolicies: levels(one.serviceControlPolicies),
      resourceControlPolicies: levels(one.resourceControlPolicies),
      resourcePolicy: one.resourcePolicy ? loadPolicy(one.resourcePolicy, { name: 'resource' }) : undefined,
      permissionBoundaries: boundaries.length > 0 ? boundaries : undefined,
      vpcEndpointPolicies: undefined,
      simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: unconstrained },
      serviceSettings: undefined
    })
    return { Allowed: 'Allow', ExplicitlyDenied: 'ExplicitDeny', ImplicitlyDenied: 'ImplicitDeny' }[result]
  }

  let batch = []
  for (let index = from; index < lines.length; index += 1) {
    const one = JSON.parse(lines[index])
    Atomics.store(at, 0, index + 1)
    let result
    try {
      result = endless.has(index) ? { error: 'time limit' } : { decision: decide(one) }
    } catch (error) {
      result = { error: String(error.message) }
    }
    batch.push({ name: one.name, ...result })
    if (batch.length === 500 || index + 1 === lines.length) {
      parentPort.postMessage(batch)
      batch = []
    }
  }
}

if (isMainThread) main()
else work(workerData)
