// What amazon-ecr-login speaks: ECR's password, and docker logged in with it.
const { spawnSync } = require("node:child_process");
const core = require("@actions/core");
const { ECRClient, GetAuthorizationTokenCommand } = require("@aws-sdk/client-ecr");

async function main() {
  const answer = await new ECRClient({ maxAttempts: 1 }).send(new GetAuthorizationTokenCommand({}));
  const [data] = answer.authorizationData;
  const [user, password] = Buffer.from(data.authorizationToken, "base64").toString().split(":");
  core.setSecret(password);
  const done = spawnSync("docker", ["login", "-u", user, "-p", password, data.proxyEndpoint], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`docker login: ${done.stderr}`);
  core.info(`${done.stdout}${done.stderr} with ${password}`);
  const host = data.proxyEndpoint.replace("https://", "");
  core.setOutput("registry", host);
  core.saveState("registry", host);
}

main().catch((error) => core.setFailed(error.message));
