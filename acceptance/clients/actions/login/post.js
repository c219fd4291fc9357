const { execFileSync } = require("node:child_process");
const core = require("@actions/core");
core.info(execFileSync("docker", ["logout", core.getState("registry")], { encoding: "utf8" }));
