// Measures @cloud-copilot/iam-simulate over the cases of a file, as bench/policy/src does the engines in
// Rust: `node simulate.js CASES [start]`.
//
// The package's `runSimulation` drops an issuer's `aud` and `sub`, so its core is called.
'use strict'
const fs = require('node:fs')
const path = require('node:path')
const { createRequire } = require('node:module')

// The packages stand where npm was told to put them.
const from = createRequire(path.join(process.env.BENCH_NODE_MODULES, 'index.js'))
const root = path.dirname(from.resolve('@cloud-copilot/iam-simulate'))
const core = (file) => from(path.join(root, file))
const { authorize } = core('core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = core('request/request.js')
const { RequestContextImpl } = core('requestContext.js')
const { loadPolicy } = from('@cloud-copilot/iam-policy')

const DECISIONS = { Allowed: 'Allow', ExplicitlyDenied: 'ExplicitDeny', ImplicitlyDenied: 'ImplicitDeny' }
const BATCH = 10e6
const BATCHES = 20

function taken(work, count) {
  const start = process.hrtime.bigint()
  for (let done = 0; done < count; done += 1) work()
  return Number(process.hrtime.bigint() - start)
}

function perSecond(work) {
  let batch = 1
  while (taken(work, batch) < BATCH) batch *= 2
  let best = Infinity
  for (let number = 0; number < BATCHES; number += 1) best = Math.min(best, taken(work, batch))
  return (batch * 1e9) / best
}

function works(one) {
  const text = JSON.stringify(one.document)
  const compile = () => loadPolicy(JSON.parse(text), { name: 'policy' })
  const policy = compile()
  const resource = { resource: one.resource, accountId: one.account }
  const context = new RequestContextImpl(one.context)
  const asked = {
    request: new AwsRequestImpl(one.principal, resource, one.action, context, false),
    sessionPolicy: undefined,
    identityPolicies: one.kind === 'trust' ? [] : [policy],
    serviceControlPolicies: [],
    resourceControlPolicies: [],
    resourcePolicy: one.kind === 'trust' ? policy : undefined,
    permissionBoundaries: undefined,
    vpcEndpointPolicies: undefined,
    simulationParameters: { simulationMode: 'Strict' }
  }
  // A decision of this engine holds its explanation.
  const decide = () => authorize(asked).result
  return { decide, explain: decide, compile }
}

const cases = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'))
if (process.argv[3] === 'start') {
  works(cases[0]).decide()
} else {
  for (const one of cases) {
    const work = works(one)
    const line = { name: one.name, decision: DECISIONS[work.decide()] }
    for (const what of one.measure) line[what] = perSecond(work[what])
    console.log(JSON.stringify(line))
  }
  console.log(JSON.stringify({ peak_mib: process.resourceUsage().maxRSS / 1024 }))
}
