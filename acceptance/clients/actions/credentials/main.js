// What configure-aws-credentials speaks: the job's token, the unsigned exchange, a signed call.
const core = require("@actions/core");
const { STSClient, AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } = require("@aws-sdk/client-sts");

async function main() {
  const region = core.getInput("aws-region");
  const token = await core.getIDToken(core.getInput("audience"));
  const sts = new STSClient({ region, maxAttempts: 1 });
  const answer = await sts.send(new AssumeRoleWithWebIdentityCommand({
    RoleArn: core.getInput("role-to-assume", { required: true }),
    RoleSessionName: "GitHubActions",
    WebIdentityToken: token,
  }));
  const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials;
  for (const value of [AccessKeyId, SecretAccessKey, SessionToken]) core.setSecret(value);
  core.exportVariable("AWS_REGION", region);
  core.exportVariable("AWS_ACCESS_KEY_ID", AccessKeyId);
  core.exportVariable("AWS_SECRET_ACCESS_KEY", SecretAccessKey);
  core.exportVariable("AWS_SESSION_TOKEN", SessionToken);
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const identity = await new STSClient({ region, credentials }).send(new GetCallerIdentityCommand({}));
  core.setOutput("arn", identity.Arn);
  core.saveState("arn", identity.Arn);
  core.info(`the secret is ${SecretAccessKey}`);
}

main().catch((error) => core.setFailed(`Could not assume role with OIDC: ${error.message}`));
